"""PixelUnshuffle: pixels become channels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Shape, described


class PixelUnshuffle(Layer):
    """Makes a picture smaller without losing anything: each block of pixels becomes channels.

    To shrink a picture before a convolution where MaxPool2d would throw too much away.
    """

    group: ClassVar[Group] = "shape"
    formula: ClassVar[str] = "y[c·r²+r·a+b, i, j] = x[c, r·i+a, r·j+b]"
    paper: ClassVar[str] = "Sajjadi et al., Frame-recurrent video super-resolution (2018)"
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.PixelUnshuffle

    downscale_factor: int = setting(
        2, "How many times narrower and lower it becomes; it must divide both sides.", ge=1, le=64
    )

    def check(self, *shapes: Shape) -> None:
        if any(side % self.downscale_factor for side in shapes[0][1:]):
            raise WrongInput(
                f"`downscale_factor` must divide height and width. Received: {self.downscale_factor} for "
                f"{described(shapes[0])}."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        factor = math.gcd(self.downscale_factor, *shapes[0][1:])
        yield f"Set downscale_factor to {factor}", self.changed(downscale_factor=factor)
