"""ConstantPad2d: adds a rim of one value to a picture."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.rim import Edges2, Padding


class ConstantPad2d(Padding):
    """Adds a rim of one value around the picture.

    Where 0 has a meaning of its own in the data, so that a rim of zeros would mislead.
    """

    formula: ClassVar[str] = "y = x with value around it"
    paper: ClassVar[str] = "Alsallakh et al., Mind the pad: CNNs can develop blind spots (2021)"
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.ConstantPad2d

    padding: Edges2 = setting(1, "How many pixels of rim are added on each side, or (left, right, top, bottom).")
    value: float = setting(0.0, "What the rim is filled with.", ge=-1e4, le=1e4)
