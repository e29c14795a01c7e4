"""Tanh: squeezes each number between -1 and 1."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class Tanh(Layer):
    """Squeezes each number between -1 and 1, in the shape of an S through 0.

    In small networks and recurrent ones. In deep ones its gradient fades where the S is flat.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)"
    paper: ClassVar[str] = "LeCun et al., Efficient backprop (1998)"
    module: ClassVar[type[nn.Module]] = nn.Tanh
