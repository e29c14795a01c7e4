"""AdaptiveMaxPool3d: the largest number of as many windows as the chosen size asks for."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Sides3


class AdaptiveMaxPool3d(Layer):
    """Keeps the largest numbers of a volume, in as many windows as the size of your choice asks for, whatever size
    comes in.

    Before a Linear at the end of a network, where it matters whether a pattern is anywhere in the volume. With 1 each
    channel becomes one number, its largest.
    """

    group: ClassVar[Group] = "pooling"
    formula: ClassVar[str] = "y[c,i,j,k] = max of x[c] over window (i, j, k) of output_size equal ones"
    paper: ClassVar[str] = (
        "He et al., Spatial pyramid pooling in deep convolutional networks for visual recognition (2014)"
    )
    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.AdaptiveMaxPool3d

    output_size: Sides3 = setting(1, "The side of the volume that comes out, or (depth, height, width).")
