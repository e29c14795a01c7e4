"""ReplicationPad3d: adds a rim of the edge repeated to a volume."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.rim import Edges3, Padding


class ReplicationPad3d(Padding):
    """Adds a rim that repeats the edge of the volume.

    Where zeros at the rim would look like a pattern and the volume is too small for a mirror image.
    """

    formula: ClassVar[str] = "y[i] = x[i − padding], held at the first and last place"
    paper: ClassVar[str] = "Alsallakh et al., Mind the pad: CNNs can develop blind spots (2021)"
    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.ReplicationPad3d

    padding: Edges3 = setting(
        1, "How many places of rim are added on each side, or (left, right, top, bottom, front, back)."
    )
