"""Mish: a smooth ReLU with a dip."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class Mish(Layer):
    """A smooth ReLU with a small dip below 0, much like SiLU.

    In deep networks for pictures; try it where SiLU does well.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x · tanh(ln(1 + eˣ))"
    paper: ClassVar[str] = "Misra, Mish: a self regularized non-monotonic activation function (2020)"
    module: ClassVar[type[nn.Module]] = nn.Mish
