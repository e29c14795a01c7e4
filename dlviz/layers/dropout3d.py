"""Dropout3d: switches random channels off while training."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.channel_dropout import ChannelDropout


class Dropout3d(ChannelDropout):
    """Switches whole random channels off while training, since neighbouring places say much the same. The others grow
    by 1/(1-p); afterwards it does nothing.

    A cure for overfitting between Conv3d layers, where Dropout of single places does little.
    """

    formula: ClassVar[str] = "y[c] = x[c] · m[c] / (1 − p), each m[c] is 0 with probability p, else 1"
    paper: ClassVar[str] = "Tompson et al., Efficient object localization using convolutional networks (2015)"
    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.Dropout3d
