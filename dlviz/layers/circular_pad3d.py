"""CircularPad3d: adds a rim of the opposite side to a volume."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.rim import Edges3, Padding


class CircularPad3d(Padding):
    """Adds a rim taken from the opposite side, as if the volume closed to a ring in all directions.

    For what comes round again: crystals and other patterns that repeat.
    """

    formula: ClassVar[str] = "y[i] = x[(i − padding) mod size]"
    paper: ClassVar[str] = (
        "Schubert et al., Circular convolutional neural networks for panoramic images and laser data (2019)"
    )
    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.CircularPad3d
    below: ClassVar[int | None] = 0

    padding: Edges3 = setting(
        1, "How many places of rim are added on each side, or (left, right, top, bottom, front, back)."
    )
