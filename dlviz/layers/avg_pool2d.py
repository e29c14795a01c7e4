"""AvgPool2d: keeps the mean of each window of a picture."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Rims, Sides
from dlviz.layers.pooling import Pooling


class AvgPool2d(Pooling):
    """Keeps the mean of each window of a picture: a smaller, smoother picture.

    To shrink a picture more gently than MaxPool2d does: every pixel counts. It learns nothing.
    """

    formula: ClassVar[str] = "y[c,i,j] = mean of x[c] in window (i, j)"
    paper: ClassVar[str] = "LeCun et al., Gradient-based learning applied to document recognition (1998)"
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.AvgPool2d

    kernel_size: Sides = setting(2, "The side of the window in pixels, or (height, width). 2 halves the picture.")
    stride: Sides | None = setting(None, "How many pixels the window moves on. Nothing: its own size.")
    padding: Rims = setting(0, "How many pixels of zeros are added on each side.", advanced=True)
    count_include_pad: bool = setting(True, "Whether the zeros of the rim count in the mean.", advanced=True)
