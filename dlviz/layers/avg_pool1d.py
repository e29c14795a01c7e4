"""AvgPool1d: keeps the mean of each window of a sequence."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Rim, Side
from dlviz.layers.pooling import Pooling


class AvgPool1d(Pooling):
    """Keeps the mean of each window of a sequence: a shorter, smoother sequence.

    To shorten a sequence more gently than MaxPool1d does: every step counts. It learns nothing.
    """

    formula: ClassVar[str] = "y[c,t] = mean of x[c] in window t"
    paper: ClassVar[str] = "LeCun et al., Gradient-based learning applied to document recognition (1998)"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    module: ClassVar[type[nn.Module]] = nn.AvgPool1d

    kernel_size: Side = setting(2, "How many steps the window sees. 2 halves the sequence.")
    stride: Side | None = setting(None, "How many steps the window moves on. Nothing: its own size.")
    padding: Rim = setting(0, "How many steps of zeros are added at each end.", advanced=True)
    count_include_pad: bool = setting(True, "Whether the zeros of the rim count in the mean.", advanced=True)
