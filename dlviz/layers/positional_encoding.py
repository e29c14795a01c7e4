"""PositionalEncoding: tells each step where it stands."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Shape


class Positions(nn.Module):
    """x + a row of numbers that stands for the place of each step, learned or of sines and cosines."""

    def __init__(self, steps: int, features: int, encoding: str = "sinusoidal", dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        if encoding == "learned":
            self.table = nn.Parameter(0.02 * torch.randn(steps, features))
            return
        place = torch.arange(steps)[:, None]
        wave = torch.arange(0, features, 2) / features  # a sine and a cosine of each wavelength, 2π to 20,000π
        angle = place / 10000**wave
        table = torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1)[:, :features]
        self.register_buffer("table", table, persistent=False)

    def forward(self, x: Tensor) -> Tensor:  # (N, L, F), L not above `steps`
        placed: Tensor = self.dropout(x + self.table[: x.shape[1]])
        return placed


class PositionalEncoding(Layer):
    """Adds to each step a row of numbers that tells its place in the sequence.

    Attention sees a set of steps and no order; with this, it can tell first from last. Needed before transformer
    layers, not before recurrent ones.
    """

    group: ClassVar[Group] = "embedding"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    module: ClassVar[type[nn.Module]] = Positions
    formula: ClassVar[str] = (
        "y[t, 2i] = x[t, 2i] + sin(t / 10000^(2i/d)),  y[t, 2i+1] = x[t, 2i+1] + cos(t / 10000^(2i/d))"
    )
    paper: ClassVar[str] = "Vaswani et al., Attention is all you need (2017)"

    encoding: Literal["sinusoidal", "learned"] = setting(
        "sinusoidal", "`sinusoidal`: waves of different lengths, nothing to learn. `learned`: a row for each place."
    )
    dropout: float = setting(
        0.0, "The chance with which numbers of the sum are set to 0 in training; 0.1 is usual.", ge=0, lt=1,
        advanced=True,
    )  # fmt: skip

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        (shape,) = shapes
        return {"steps": shape[0], "features": shape[1], **super().arguments(*shapes)}
