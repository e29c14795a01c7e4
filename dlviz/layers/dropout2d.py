"""Dropout2d: switches random channels off while training."""

from __future__ import annotations

from typing import ClassVar, Self

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer


class Dropout2d(Layer):
    """Switches whole random channels off while training, since neighbouring pixels say much the same. The others grow
    by 1/(1-p); afterwards it does nothing.

    A cure for overfitting between convolutions, where Dropout of single pixels does little.
    """

    group: ClassVar[Group] = "dropout"
    formula: ClassVar[str] = "y[c] = x[c] · m[c] / (1 − p), each m[c] is 0 with probability p, else 1"
    paper: ClassVar[str] = "Tompson et al., Efficient object localization using convolutional networks (2015)"
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.Dropout2d

    p: float = setting(
        0.5, "The share of channels that is switched off. More: less overfitting, slower learning.", ge=0, lt=1
    )

    @classmethod
    def clicked(cls) -> Self:
        """Gentler than torch's 0.5, which is a lot for whole channels."""
        return cls(p=0.2)
