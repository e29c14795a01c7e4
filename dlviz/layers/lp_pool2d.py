"""LPPool2d: keeps the length of each window's numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Layer, Shape, Sides
from dlviz.layers.pooling import Pooling


class LPPool2d(Pooling):
    """Keeps one number for the length of each window's numbers, between their sum and their largest.

    In place of AvgPool2d or MaxPool2d, where strong numbers should count more than weak ones but not alone.
    """

    formula: ClassVar[str] = "y[c,i,j] = (Σ xᵖ over window (i, j))^(1/p), p = norm_type"
    paper: ClassVar[str] = (
        "Sermanet et al., Convolutional neural networks applied to house numbers digit classification (2012)"
    )
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.LPPool2d

    norm_type: int = setting(
        2, "The power p, even or 1: 1 is the sum; the larger, the nearer the largest number.", ge=1, le=8
    )
    kernel_size: Sides = setting(2, "The side of the window in pixels, or (height, width). 2 halves the picture.")
    stride: Sides | None = setting(None, "How many pixels the window moves on. Nothing: its own size.")

    def check(self, *shapes: Shape) -> None:
        if self.norm_type % 2 and self.norm_type != 1:
            raise WrongInput(
                "`norm_type` must be 1 or even: an odd power of negative numbers has no root. "
                f"Received: {self.norm_type}."
            )
        super().check(*shapes)

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        if self.norm_type % 2 and self.norm_type != 1:
            yield f"Set norm_type to {self.norm_type - 1}", self.changed(norm_type=self.norm_type - 1)
        yield from super().fitting(*shapes)
