"""CircularPad1d: adds a rim of the opposite side to a sequence."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.rim import Edges1, Padding


class CircularPad1d(Padding):
    """Adds a rim taken from the opposite side, as if the sequence closed to a ring.

    For what comes round again: the hours of a day, the angles of a turn.
    """

    formula: ClassVar[str] = "y[i] = x[(i − padding) mod size]"
    paper: ClassVar[str] = (
        "Schubert et al., Circular convolutional neural networks for panoramic images and laser data (2019)"
    )
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    module: ClassVar[type[nn.Module]] = nn.CircularPad1d
    below: ClassVar[int | None] = 0

    padding: Edges1 = setting(1, "How many steps of rim are added on each side, or (left, right).")
