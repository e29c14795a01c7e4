"""ReflectionPad3d: adds a rim of a mirror image to a volume."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.rim import Edges3, Padding


class ReflectionPad3d(Padding):
    """Adds a rim that mirrors the volume at its edge; the edge itself is not repeated.

    Where volumes are made: a rim of zeros would show as a dark edge.
    """

    formula: ClassVar[str] = "y[i] = x[|i − padding|], mirrored at the far edge too"
    paper: ClassVar[str] = "Johnson et al., Perceptual losses for real-time style transfer and super-resolution (2016)"
    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.ReflectionPad3d
    below: ClassVar[int | None] = 1

    padding: Edges3 = setting(
        1, "How many places of rim are added on each side, or (left, right, top, bottom, front, back)."
    )
