"""ZeroPad3d: adds a rim of zeros to a volume."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.rim import Edges3, Padding


class ZeroPad3d(Padding):
    """Adds a rim of zeros around the volume.

    Where a convolution or pooling needs a rim that is not the same on all sides; otherwise set its own `padding`.
    """

    formula: ClassVar[str] = "y = x with 0 around it"
    paper: ClassVar[str] = "Alsallakh et al., Mind the pad: CNNs can develop blind spots (2021)"
    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.ZeroPad3d

    padding: Edges3 = setting(
        1, "How many places of rim are added on each side, or (left, right, top, bottom, front, back)."
    )
