"""Softsign: a slower tanh."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class Softsign(Layer):
    """Squeezes each number between -1 and 1 like Tanh, but nears the ends more slowly.

    In place of Tanh, where its gradient fades too soon.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x / (1 + |x|)"
    paper: ClassVar[str] = "Bergstra et al., Quadratic polynomials learn better image features (2009)"
    module: ClassVar[type[nn.Module]] = nn.Softsign
