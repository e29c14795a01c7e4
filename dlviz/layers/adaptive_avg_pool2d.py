"""AdaptiveAvgPool2d: the mean over as many windows as the chosen size asks for."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Sides


class AdaptiveAvgPool2d(Layer):
    """Averages a picture down to a size of your choice, whatever size comes in.

    The usual bridge from convolutions to the output layer. With 1 each channel becomes one number, its mean ("global
    average pooling"), and the network takes pictures of any size.
    """

    group: ClassVar[Group] = "pooling"
    formula: ClassVar[str] = "y[c,i,j] = mean of x[c] over window (i, j) of output_size equal ones"
    paper: ClassVar[str] = "Lin et al., Network in network (2013)"
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.AdaptiveAvgPool2d

    output_size: Sides = setting(1, "The side of the picture that comes out, or (height, width).")
