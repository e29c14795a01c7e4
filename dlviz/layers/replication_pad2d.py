"""ReplicationPad2d: adds a rim of the edge repeated to a picture."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.rim import Edges2, Padding


class ReplicationPad2d(Padding):
    """Adds a rim that repeats the edge of the picture.

    Where zeros at the rim would look like a pattern and the picture is too small for a mirror image.
    """

    formula: ClassVar[str] = "y[i] = x[i − padding], held at the first and last place"
    paper: ClassVar[str] = "Alsallakh et al., Mind the pad: CNNs can develop blind spots (2021)"
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.ReplicationPad2d

    padding: Edges2 = setting(1, "How many pixels of rim are added on each side, or (left, right, top, bottom).")
