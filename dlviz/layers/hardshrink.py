"""Hardshrink: turns small numbers into 0."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer


class Hardshrink(Layer):
    """Turns numbers between -lambd and lambd into 0 and leaves the others as they are.

    To keep only what is strong without making it weaker, as Softshrink would.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x for |x| > lambd, else 0"
    paper: ClassVar[str] = "Donoho & Johnstone, Ideal spatial adaptation by wavelet shrinkage (1994)"
    module: ClassVar[type[nn.Module]] = nn.Hardshrink

    lambd: float = setting(0.5, "Below this size a number becomes 0.", ge=0, le=1e4)
