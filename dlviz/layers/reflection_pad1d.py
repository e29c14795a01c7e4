"""ReflectionPad1d: adds a rim of a mirror image to a sequence."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.rim import Edges1, Padding


class ReflectionPad1d(Padding):
    """Adds a rim that mirrors the sequence at its edge; the edge itself is not repeated.

    Where sound or series are made: a rim of zeros would show as a dark edge.
    """

    formula: ClassVar[str] = "y[i] = x[|i − padding|], mirrored at the far edge too"
    paper: ClassVar[str] = "Johnson et al., Perceptual losses for real-time style transfer and super-resolution (2016)"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    module: ClassVar[type[nn.Module]] = nn.ReflectionPad1d
    below: ClassVar[int | None] = 1

    padding: Edges1 = setting(1, "How many steps of rim are added on each side, or (left, right).")
