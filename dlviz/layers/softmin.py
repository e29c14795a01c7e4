"""Softmin: turns numbers into shares, the smallest the largest."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.along import Shares


class Softmin(Shares):
    """Turns numbers into shares that are positive and add up to 1: the smaller a number, the larger its share.

    To weigh things by distances or costs, where near or cheap should count most.
    """

    formula: ClassVar[str] = "yᵢ = e^−xᵢ / Σⱼ e^−xⱼ"
    paper: ClassVar[str] = "Bridle, Probabilistic interpretation of feedforward classification network outputs (1990)"
    module: ClassVar[type[nn.Module]] = nn.Softmin
