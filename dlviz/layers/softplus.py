"""Softplus: a ReLU without a kink."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer


class Softplus(Layer):
    """A ReLU without a kink: it bends slowly from 0 to x and is always positive.

    At an output that must be positive, such as a spread or a waiting time.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = ln(1 + e^(beta · x)) / beta"
    paper: ClassVar[str] = (
        "Dugas et al., Incorporating second-order functional knowledge for better option pricing (2001)"
    )
    module: ClassVar[type[nn.Module]] = nn.Softplus

    beta: float = setting(1.0, "How sharp the bend is. Very large: ReLU.", gt=0, le=1000)
    threshold: float = setting(
        20.0, "From beta · x above this on it gives x itself, which keeps the numbers safe.", ge=0, le=80, advanced=True
    )
