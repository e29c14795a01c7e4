"""Softmax: turns numbers into shares that add up to 1."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.along import Shares


class Softmax(Shares):
    """Turns numbers into shares that are positive and add up to 1: the larger a number, the larger its share.

    To weigh things inside a network. A classifier needs none at its end: its loss (cross-entropy) already contains
    one, and a second slows learning down.
    """

    formula: ClassVar[str] = "yᵢ = e^xᵢ / Σⱼ e^xⱼ"
    paper: ClassVar[str] = "Bridle, Probabilistic interpretation of feedforward classification network outputs (1990)"
    module: ClassVar[type[nn.Module]] = nn.Softmax
