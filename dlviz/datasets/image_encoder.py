"""ImageEncoder: pictures as a network takes them, and back."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Image, Value
from dlviz.datasets.data import Encoder
from dlviz.datasets.pictures import Fit, picture_from


class ImageEncoder(Encoder):
    """Pictures with each channel shifted and scaled by the mean and spread that the training part showed."""

    channels: Literal[1, 3] = setting(1, "1: grey, 3: red, green, blue.")
    height: int = setting(8, "Height in pixels.", ge=1)
    width: int = setting(8, "Width in pixels.", ge=1)
    mean: tuple[float, ...] = setting((0.0,), "Mean of each channel over the training part (pixels 0 to 1).")
    std: tuple[float, ...] = setting((1.0,), "Standard deviation of each channel over the training part.")
    fit: Fit = setting("stretch", "How a picture of another form is brought to this one.")

    @classmethod
    def learn(
        cls, pixels: NDArray[np.uint8], fit: Fit = "stretch", train: NDArray[np.int64] | None = None
    ) -> ImageEncoder:
        """Learn mean and spread from pictures (N, channels, height, width), 0 to 255: those at `train`, else all."""
        channels = pixels.shape[1]
        # A count of the 256 possible values gives both exactly, in one pass over the bytes.
        counts = np.zeros((channels, 256))
        rows = np.arange(len(pixels)) if train is None else train
        for start in range(0, len(rows), 4096):  # bincount takes eight bytes for each of ours
            piece = pixels[rows[start : start + 4096]]
            for channel in range(channels):
                counts[channel] += np.bincount(piece[:, channel].reshape(-1), minlength=256)
        levels = np.arange(256) / 255
        mean, std = [], []
        for one in counts:
            center = float(one @ levels / one.sum())
            mean.append(center)
            std.append(float(np.sqrt(one @ (levels - center) ** 2 / one.sum())) or 1.0)
        _, _, height, width = pixels.shape
        return cls(
            channels=1 if channels == 1 else 3,
            height=height,
            width=width,
            mean=tuple(mean),
            std=tuple(std),
            fit=fit,
        )

    def kind_of_value(self) -> Image:
        return Image(channels=self.channels, height=self.height, width=self.width)

    def encode(self, raw: Any) -> Tensor:
        """Pictures 0 to 255 (N, channels, height, width), or a list of such, as float32 of the same shape."""
        bytes_ = np.ascontiguousarray(np.asarray(raw, dtype=np.uint8))
        pixels = torch.from_numpy(bytes_ if bytes_.flags.writeable else bytes_.copy())
        mean, std = self._statistics()
        return pixels.to(torch.float32).mul_(1 / (255 * std)).sub_(mean / std)

    def decode(self, tensor: Tensor) -> Value:
        mean, std = self._statistics()
        pictures = (tensor.detach().cpu().float() * std + mean).clamp_(0, 1)
        return Value(self.kind_of_value(), np.asarray(pictures.numpy()), "image")

    def read(self, path: str) -> NDArray[np.uint8]:
        return picture_from(path, self.channels, self.height, self.width, self.fit)[None]

    def _statistics(self) -> tuple[Tensor, Tensor]:
        return torch.tensor(self.mean).view(-1, 1, 1), torch.tensor(self.std).view(-1, 1, 1)
