"""AdaptiveAvgPool2d: the mean over as many windows as the chosen size asks for."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Sides


class AdaptiveAvgPool2d(Layer):
    """Averages a picture down to a size of your choice, whatever size comes in.

    With 1 each channel becomes one number, its mean: the usual bridge from convolutions to the output layer ("global
    average pooling"). Paper: Lin et al., Network in network (2013).
    """

    group: ClassVar[Group] = "pooling"
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.AdaptiveAvgPool2d

    output_size: Sides = setting(1, "The side of the picture that comes out, or (height, width).")
