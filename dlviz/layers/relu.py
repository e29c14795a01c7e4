"""ReLU: negative numbers become 0."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class ReLU(Layer):
    """Lets positive numbers through and turns negative ones into 0.

    y = max(0, x). Without a bend like this, many layers could do no more than one. The usual choice between layers:
    cheap, and its gradient does not fade. Paper: Nair & Hinton, Rectified linear units improve restricted Boltzmann
    machines (2010).
    """

    group: ClassVar[Group] = "activation"
    module: ClassVar[type[nn.Module]] = nn.ReLU
