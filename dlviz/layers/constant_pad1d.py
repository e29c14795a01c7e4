"""ConstantPad1d: adds a rim of one value to a sequence."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.rim import Edges1, Padding


class ConstantPad1d(Padding):
    """Adds a rim of one value around the sequence.

    Where 0 has a meaning of its own in the data, so that a rim of zeros would mislead.
    """

    formula: ClassVar[str] = "y = x with value around it"
    paper: ClassVar[str] = "Alsallakh et al., Mind the pad: CNNs can develop blind spots (2021)"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    module: ClassVar[type[nn.Module]] = nn.ConstantPad1d

    padding: Edges1 = setting(1, "How many steps of rim are added on each side, or (left, right).")
    value: float = setting(0.0, "What the rim is filled with.", ge=-1e4, le=1e4)
