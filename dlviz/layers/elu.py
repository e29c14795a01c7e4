"""ELU: a ReLU whose negative side bends to a floor."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer


class ELU(Layer):
    """Lets positive numbers through and bends negative ones smoothly towards -alpha.

    In place of ReLU, where outputs around 0 and a gradient for negative numbers help; it costs an exponential.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x for x > 0, else alpha · (eˣ − 1)"
    paper: ClassVar[str] = "Clevert et al., Fast and accurate deep network learning by exponential linear units (2016)"
    module: ClassVar[type[nn.Module]] = nn.ELU

    alpha: float = setting(1.0, "How deep the negative side reaches: down to -alpha.", ge=0, le=100)
