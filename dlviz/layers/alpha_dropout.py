"""AlphaDropout: a dropout that keeps mean and spread."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer


class AlphaDropout(Layer):
    """Switches random neurons to SELU's floor while training, then scales and shifts so that mean and spread stay.
    Afterwards it does nothing.

    Against overfitting in networks with SELU; a plain Dropout would undo what SELU keeps.
    """

    group: ClassVar[Group] = "dropout"
    formula: ClassVar[str] = "y = a · (x · m − 1.7581 · (1 − m)) + b, each m is 0 with probability p, else 1"
    paper: ClassVar[str] = "Klambauer et al., Self-normalizing neural networks (2017)"
    module: ClassVar[type[nn.Module]] = nn.AlphaDropout

    p: float = setting(
        0.5, "The share of numbers that is switched off. More: less overfitting, slower learning.", ge=0, lt=1
    )
