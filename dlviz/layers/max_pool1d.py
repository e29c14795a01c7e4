"""MaxPool1d: keeps the largest number in each window of a sequence."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Rim, Side
from dlviz.layers.pooling import Pooling


class MaxPool1d(Pooling):
    """Keeps the largest number in each window of a sequence: whether a pattern is there, not exactly where.

    To make a sequence shorter and what follows cheaper. It learns nothing.
    """

    formula: ClassVar[str] = "y[c,t] = max of x[c] in window t"
    paper: ClassVar[str] = "Yamaguchi et al., A neural network for speaker-independent isolated word recognition (1990)"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    module: ClassVar[type[nn.Module]] = nn.MaxPool1d

    kernel_size: Side = setting(2, "How many steps the window sees. 2 halves the sequence.")
    stride: Side | None = setting(None, "How many steps the window moves on. Nothing: its own size.")
    padding: Rim = setting(0, "How many steps of rim are added; they never win.", advanced=True)
    dilation: Side = setting(1, "The distance between the window's points.", advanced=True)
