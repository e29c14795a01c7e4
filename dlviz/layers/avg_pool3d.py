"""AvgPool3d: keeps the mean of each window of a volume."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Rims3, Sides3
from dlviz.layers.pooling import Pooling


class AvgPool3d(Pooling):
    """Keeps the mean of each window of a volume: a smaller, smoother volume.

    To shrink a scan or a film more gently than MaxPool3d does: every number counts. It learns nothing.
    """

    formula: ClassVar[str] = "y[c,i,j,k] = mean of x[c] in window (i, j, k)"
    paper: ClassVar[str] = (
        "Carreira & Zisserman, Quo vadis, action recognition? A new model and the Kinetics dataset (2017)"
    )
    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.AvgPool3d

    kernel_size: Sides3 = setting(2, "The side of the window, or (depth, height, width). 2 halves all three sides.")
    stride: Sides3 | None = setting(None, "How far the window moves on. Nothing: its own size.")
    padding: Rims3 = setting(0, "How wide a rim of zeros is added on each side.", advanced=True)
    count_include_pad: bool = setting(True, "Whether the zeros of the rim count in the mean.", advanced=True)
