"""Tanhshrink: what tanh takes away."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class Tanhshrink(Layer):
    """What is left of a number when its tanh is taken away: small numbers almost vanish, large ones lose 1.

    To quieten small numbers smoothly, as in sparse coding.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x − tanh(x)"
    paper: ClassVar[str] = ""
    module: ClassVar[type[nn.Module]] = nn.Tanhshrink
