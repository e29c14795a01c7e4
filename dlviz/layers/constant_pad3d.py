"""ConstantPad3d: adds a rim of one value to a volume."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.rim import Edges3, Padding


class ConstantPad3d(Padding):
    """Adds a rim of one value around the volume.

    Where 0 has a meaning of its own in the data, so that a rim of zeros would mislead.
    """

    formula: ClassVar[str] = "y = x with value around it"
    paper: ClassVar[str] = "Alsallakh et al., Mind the pad: CNNs can develop blind spots (2021)"
    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.ConstantPad3d

    padding: Edges3 = setting(
        1, "How many places of rim are added on each side, or (left, right, top, bottom, front, back)."
    )
    value: float = setting(0.0, "What the rim is filled with.", ge=-1e4, le=1e4)
