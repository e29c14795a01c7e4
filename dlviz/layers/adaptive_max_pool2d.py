"""AdaptiveMaxPool2d: the largest number of as many windows as the chosen size asks for."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Sides


class AdaptiveMaxPool2d(Layer):
    """Keeps the largest numbers of a picture, in as many windows as the size of your choice asks for, whatever size
    comes in.

    Before a Linear at the end of a network, where it matters whether a pattern is anywhere in the picture. With 1
    each channel becomes one number, its largest.
    """

    group: ClassVar[Group] = "pooling"
    formula: ClassVar[str] = "y[c,i,j] = max of x[c] over window (i, j) of output_size equal ones"
    paper: ClassVar[str] = (
        "He et al., Spatial pyramid pooling in deep convolutional networks for visual recognition (2014)"
    )
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.AdaptiveMaxPool2d

    output_size: Sides = setting(1, "The side of the picture that comes out, or (height, width).")
