"""Sigmoid: squeezes each number between 0 and 1."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class Sigmoid(Layer):
    """Squeezes each number between 0 and 1, in the shape of an S.

    For a gate or a picture's brightness. Between layers its gradient fades where the S is flat.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = 1 / (1 + e⁻ˣ)"
    paper: ClassVar[str] = "Rumelhart et al., Learning representations by back-propagating errors (1986)"
    module: ClassVar[type[nn.Module]] = nn.Sigmoid
