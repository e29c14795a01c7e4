"""Dropout: switches random neurons off while training."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer


class Dropout(Layer):
    """Switches random neurons off while training, so that none can rely on a single other. The others grow by
    1/(1-p); afterwards it does nothing.

    A cure for overfitting, most used between Linear layers. Try it where validation is much worse than training.
    """

    group: ClassVar[Group] = "dropout"
    formula: ClassVar[str] = "y = x · m / (1 − p), each m is 0 with probability p, else 1"
    paper: ClassVar[str] = "Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting (2014)"
    module: ClassVar[type[nn.Module]] = nn.Dropout

    p: float = setting(
        0.5, "The share of numbers that is switched off. More: less overfitting, slower learning.", ge=0, lt=1
    )
