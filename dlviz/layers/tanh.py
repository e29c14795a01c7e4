"""Tanh: squeezes each number between -1 and 1."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class Tanh(Layer):
    """Squeezes each number between -1 and 1, in the shape of an S through 0.

    y = (e^x - e^-x) / (e^x + e^-x). Good in small networks and recurrent ones; in deep ones its gradient fades where
    the S is flat. Paper: LeCun et al., Efficient backprop (1998).
    """

    group: ClassVar[Group] = "activation"
    module: ClassVar[type[nn.Module]] = nn.Tanh
