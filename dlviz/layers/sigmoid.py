"""Sigmoid: squeezes each number between 0 and 1."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class Sigmoid(Layer):
    """Squeezes each number between 0 and 1, in the shape of an S.

    y = 1 / (1 + e^-x). For a gate or a picture's brightness; between layers its gradient fades where the S is flat.
    Paper: Rumelhart et al., Learning representations by back-propagating errors (1986).
    """

    group: ClassVar[Group] = "activation"
    module: ClassVar[type[nn.Module]] = nn.Sigmoid
