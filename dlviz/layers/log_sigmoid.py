"""LogSigmoid: the logarithm of a sigmoid."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class LogSigmoid(Layer):
    """The logarithm of the sigmoid, computed so that it stays exact for very negative numbers.

    Where the logarithm of a chance between 0 and 1 is needed, as in losses that compare pairs.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = ln(1 / (1 + e⁻ˣ))"
    paper: ClassVar[str] = (
        "Mikolov et al., Distributed representations of words and phrases and their compositionality (2013)"
    )
    module: ClassVar[type[nn.Module]] = nn.LogSigmoid
