"""ReflectionPad2d: adds a rim of a mirror image to a picture."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.rim import Edges2, Padding


class ReflectionPad2d(Padding):
    """Adds a rim that mirrors the picture at its edge; the edge itself is not repeated.

    Where pictures are made: a rim of zeros would show as a dark edge.
    """

    formula: ClassVar[str] = "y[i] = x[|i − padding|], mirrored at the far edge too"
    paper: ClassVar[str] = "Johnson et al., Perceptual losses for real-time style transfer and super-resolution (2016)"
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.ReflectionPad2d
    below: ClassVar[int | None] = 1

    padding: Edges2 = setting(1, "How many pixels of rim are added on each side, or (left, right, top, bottom).")
