"""CircularPad2d: adds a rim of the opposite side to a picture."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.rim import Edges2, Padding


class CircularPad2d(Padding):
    """Adds a rim taken from the opposite side, as if the picture closed to a ring in both directions.

    For what comes round again: panoramas, maps of the whole earth.
    """

    formula: ClassVar[str] = "y[i] = x[(i − padding) mod size]"
    paper: ClassVar[str] = (
        "Schubert et al., Circular convolutional neural networks for panoramic images and laser data (2019)"
    )
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.CircularPad2d
    below: ClassVar[int | None] = 0

    padding: Edges2 = setting(1, "How many pixels of rim are added on each side, or (left, right, top, bottom).")
