"""Dropout: switches random neurons off while training."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer


class Dropout(Layer):
    """Switches random neurons off while training, so that none can rely on a single other.

    While training each number becomes 0 with probability p and the others grow by 1/(1-p); afterwards it does
    nothing. A cure for overfitting, most used between Linear layers. Paper: Srivastava et al., Dropout (2014).
    """

    group: ClassVar[Group] = "dropout"
    module: ClassVar[type[nn.Module]] = nn.Dropout

    p: float = setting(
        0.5, "The share of numbers that is switched off. More: less overfitting, slower learning.", ge=0, lt=1
    )
