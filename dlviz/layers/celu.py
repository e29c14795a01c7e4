"""CELU: an ELU without a kink."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer


class CELU(Layer):
    """An ELU whose two halves always meet without a kink, whatever alpha is.

    Where you would use ELU with another alpha than 1.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x for x > 0, else alpha · (e^(x/alpha) − 1)"
    paper: ClassVar[str] = "Barron, Continuously differentiable exponential linear units (2017)"
    module: ClassVar[type[nn.Module]] = nn.CELU

    alpha: float = setting(1.0, "How deep the negative side reaches: down to -alpha.", gt=0, le=100)
