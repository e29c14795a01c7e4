"""SiLU: a smooth ReLU, also called swish."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class SiLU(Layer):
    """A smooth ReLU, also called swish: each number is weighted by how sure the sigmoid is of it.

    In deep networks, where it is often a little better than ReLU.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x · σ(x)"
    paper: ClassVar[str] = (
        "Elfwing et al., Sigmoid-weighted linear units for neural network function approximation (2017)"
    )
    module: ClassVar[type[nn.Module]] = nn.SiLU
