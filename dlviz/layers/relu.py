"""ReLU: negative numbers become 0."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class ReLU(Layer):
    """Lets positive numbers through and turns negative ones into 0.

    The usual choice between layers: cheap, and its gradient does not fade. Without a bend like this, many layers
    could do no more than one.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = max(0, x)"
    paper: ClassVar[str] = "Nair & Hinton, Rectified linear units improve restricted Boltzmann machines (2010)"
    module: ClassVar[type[nn.Module]] = nn.ReLU
