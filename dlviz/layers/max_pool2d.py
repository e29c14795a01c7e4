"""MaxPool2d: keeps the largest number in each window of a picture."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Rims, Sides
from dlviz.layers.pooling import Pooling


class MaxPool2d(Pooling):
    """Keeps the largest number in each window of a picture: whether a pattern is there, not exactly where.

    After a convolution: the picture becomes smaller, what follows cheaper, and small shifts matter less. It learns
    nothing.
    """

    formula: ClassVar[str] = "y[c,i,j] = max of x[c] in window (i, j)"
    paper: ClassVar[str] = "Ranzato et al., Unsupervised learning of invariant feature hierarchies (2007)"
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.MaxPool2d

    kernel_size: Sides = setting(2, "The side of the window in pixels, or (height, width). 2 halves the picture.")
    stride: Sides | None = setting(None, "How many pixels the window moves on. Nothing: its own size.")
    padding: Rims = setting(0, "How many pixels of rim are added; they never win.", advanced=True)
    dilation: Sides = setting(1, "The distance between the window's points.", advanced=True)
