"""MaxPool3d: keeps the largest number in each window of a volume."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Rims3, Sides3
from dlviz.layers.pooling import Pooling


class MaxPool3d(Pooling):
    """Keeps the largest number in each window of a volume: whether a pattern is there, not exactly where.

    After a Conv3d: with a window of 2 an eighth of the numbers is left, so what follows is much cheaper. It learns
    nothing.
    """

    formula: ClassVar[str] = "y[c,i,j,k] = max of x[c] in window (i, j, k)"
    paper: ClassVar[str] = "Tran et al., Learning spatiotemporal features with 3D convolutional networks (2015)"
    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.MaxPool3d

    kernel_size: Sides3 = setting(2, "The side of the window, or (depth, height, width). 2 halves all three sides.")
    stride: Sides3 | None = setting(None, "How far the window moves on. Nothing: its own size.")
    padding: Rims3 = setting(0, "How wide a rim is added; it never wins.", advanced=True)
    dilation: Sides3 = setting(1, "The distance between the window's points.", advanced=True)
