"""Hardsigmoid: a sigmoid made of straight lines."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class Hardsigmoid(Layer):
    """A sigmoid that is cheaper to compute: 0 up to -3, 1 from 3 on, a straight line between.

    For gates in networks for phones, in place of Sigmoid.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = min(max(x + 3, 0), 6) / 6"
    paper: ClassVar[str] = "Howard et al., Searching for MobileNetV3 (2019)"
    module: ClassVar[type[nn.Module]] = nn.Hardsigmoid
