"""LogMel: a sound as a picture of how loud each pitch is at each time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Mixing, Shape

Normalise = Literal["example", "none"]


class MelSpectrogram(nn.Module):
    """ln(power in each mel band + floor), a column for every `hop_length` samples: (N, L) → (N, 1, n_mels, frames).

    Each column looks at `n_fft` samples about its middle, under a Hann window; beyond the ends there is silence. The
    bands are triangles on the mel scale of HTK, mel = 2595 log10(1 + f / 700), with a height of 1.
    """

    bands: Tensor
    window: Tensor

    def __init__(
        self,
        rate: int = 16000,
        n_fft: int = 512,
        hop_length: int = 256,
        n_mels: int = 64,
        f_min: float = 0.0,
        f_max: float = 8000.0,
        floor: float = 1e-6,
        normalise: str = "example",
    ) -> None:
        super().__init__()
        self.n_fft, self.hop_length, self.floor, self.normalise = n_fft, hop_length, floor, normalise
        low, high = (2595 * torch.log10(1 + torch.tensor(f / 700, dtype=torch.float64)) for f in (f_min, f_max))
        steps = torch.linspace(0, 1, n_mels + 2, dtype=torch.float64)
        edges = 700 * (10 ** ((low + (high - low) * steps) / 2595) - 1)  # n_mels + 2 frequencies in Hz
        bins = torch.arange(n_fft // 2 + 1, dtype=torch.float64) * rate / n_fft
        rising = (bins[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
        falling = (edges[2:, None] - bins[None]) / (edges[2:] - edges[1:-1])[:, None]
        bands = torch.minimum(rising, falling).clamp(min=0).float()  # (n_mels, n_fft // 2 + 1)
        self.register_buffer("bands", bands, persistent=False)
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        wave = torch.stft(
            x.float(), self.n_fft, self.hop_length, window=self.window, center=True, pad_mode="constant",
            return_complex=True,
        )  # fmt: skip
        power = torch.view_as_real(wave).square().sum(-1)  # (N, n_fft // 2 + 1, frames)
        mel = (torch.matmul(self.bands, power).float() + self.floor).log()
        if self.normalise == "example":
            centred = mel - mel.mean((1, 2), keepdim=True)
            mel = centred / (centred.square().mean((1, 2), keepdim=True) + 1e-5).sqrt()
        return mel[:, None]

    def extra_repr(self) -> str:
        return f"n_fft={self.n_fft}, hop_length={self.hop_length}, n_mels={self.bands.shape[0]}"


class LogMel(Layer):
    """Turns a sound into a picture of how loud each band of pitches is at each time, the lowest band on top.

    The usual first layer for speech, music and noises: after it the layers for pictures can be used. It learns nothing.
    Bands lie as people hear them: narrow where tones are low, wide where they are high.
    """

    group: ClassVar[Group] = "convolution"
    dimensions: ClassVar[tuple[int, ...]] = (1,)
    module: ClassVar[type[nn.Module]] = MelSpectrogram
    formula: ClassVar[str] = "y[m, t] = ln(floor + Σₖ H[m, k] · |STFT(x)[k, t]|²),  mel(f) = 2595 log₁₀(1 + f / 700)"
    paper: ClassVar[str] = (
        "Davis and Mermelstein, Comparison of parametric representations for monosyllabic word recognition in "
        "continuously spoken sentences (1980)"
    )

    rate: int = setting(
        16000, "How many samples of the sound make a second. It must be the data's, or pitches are taken for others.",
        ge=100, le=192_000, unit="Hz",
    )  # fmt: skip
    n_fft: int = setting(
        512, "How many samples one column looks at. More: tones are told apart more finely, moments less.",
        ge=8, le=16384, unit="samples",
    )  # fmt: skip
    hop_length: int = setting(
        256, "How many samples lie between two columns. Fewer: a wider picture, finer in time.",
        ge=1, le=16384, unit="samples",
    )  # fmt: skip
    n_mels: int = setting(64, "How many bands of pitches: the height of the picture.", ge=1, le=512)
    f_min: float = setting(0.0, "Where the lowest band begins.", ge=0, le=96_000, unit="Hz", advanced=True)
    f_max: Annotated[float, Field(gt=0, le=96_000)] | None = setting(
        None, "Where the highest band ends. Nothing: half the rate, the highest pitch that can be told.", unit="Hz",
        advanced=True,
    )  # fmt: skip
    floor: float = setting(
        1e-6, "What is added before the logarithm, so that silence has one. Higher: quiet things are not seen.",
        gt=0, le=1, advanced=True,
    )  # fmt: skip
    normalise: Normalise = setting(
        "example",
        "`example`: each picture gets mean 0 and spread 1, so that a sound means the same loud or quiet. `none`: the "
        "logarithms as they are.",
    )

    @model_validator(mode="after")
    def _consistent(self) -> LogMel:
        if self.top() <= self.f_min:
            raise ValueError("`f_max` (or half the rate) must lie above `f_min`.")
        return self

    def top(self) -> float:
        """Where the highest band ends, in Hz."""
        return min(self.f_max or self.rate / 2, self.rate / 2)

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        return {**super().arguments(*shapes), "f_max": self.top()}

    def check(self, *shapes: Shape) -> None:
        if self.hop_length > self.n_fft:
            raise WrongInput(
                f"`hop_length` may be at most `n_fft` ({self.n_fft}), or parts of the sound are never looked at. "
                f"Received: {self.hop_length}."
            )
        empty = self.empty()
        if empty:
            raise WrongInput(
                f"Each band must hold a frequency that `n_fft` tells apart: they lie {self.rate / self.n_fft:.4g} Hz "
                f"apart. Received: {self.n_mels} bands, {empty} of them too narrow to hold one. Take fewer bands or a "
                "larger `n_fft`."
            )

    def empty(self) -> int:
        """How many bands hold none of the frequencies of the Fourier transform."""
        low, high = (2595 * math.log10(1 + f / 700) for f in (self.f_min, self.top()))
        step = (high - low) / (self.n_mels + 1)
        edges = [700 * (10 ** ((low + step * number) / 2595) - 1) for number in range(self.n_mels + 2)]
        apart = self.rate / self.n_fft
        return sum(
            math.floor(left / apart) + 1 > math.ceil(right / apart) - 1
            for left, right in zip(edges, edges[2:], strict=False)
        )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        if self.hop_length > self.n_fft:
            yield f"Set hop_length to {self.n_fft // 2}", self.changed(hop_length=self.n_fft // 2)
        if self.empty() and (most := most_bands(self.rate, self.n_fft, self.n_mels)):
            yield f"Set n_mels to {most}", self.changed(n_mels=most)

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        return "counts"

    @classmethod
    def sketch_example(cls) -> tuple[Layer, tuple[Tensor, ...]]:
        """A tone that rises."""
        time = torch.arange(64) / 128
        rising = torch.sin(2 * math.pi * (8 * time + 44 * time**2))
        return cls(rate=128, n_fft=16, hop_length=16, n_mels=4, normalise="none", floor=0.01), (rising[None],)


def most_bands(rate: int, n_fft: int, wanted: int) -> int:
    """The most bands up to `wanted` of which each holds a frequency; 0: not even one does."""
    return next((n for n in range(wanted, 0, -1) if not LogMel(rate=rate, n_fft=n_fft, n_mels=n).empty()), 0)
