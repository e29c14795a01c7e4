"""Hardswish: a SiLU made of straight lines and a parabola."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class Hardswish(Layer):
    """A SiLU that is cheaper to compute: 0 up to -3, x from 3 on, a parabola between.

    In networks for phones, in place of SiLU.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x · min(max(x + 3, 0), 6) / 6"
    paper: ClassVar[str] = "Howard et al., Searching for MobileNetV3 (2019)"
    module: ClassVar[type[nn.Module]] = nn.Hardswish
