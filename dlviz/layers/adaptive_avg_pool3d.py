"""AdaptiveAvgPool3d: the mean over as many windows as the chosen size asks for."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Sides3


class AdaptiveAvgPool3d(Layer):
    """Averages a volume down to a size of your choice, whatever size comes in.

    The usual bridge from Conv3d to the output layer. With 1 each channel becomes one number, its mean.
    """

    group: ClassVar[Group] = "pooling"
    formula: ClassVar[str] = "y[c,i,j,k] = mean of x[c] over window (i, j, k) of output_size equal ones"
    paper: ClassVar[str] = "Lin et al., Network in network (2013)"
    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.AdaptiveAvgPool3d

    output_size: Sides3 = setting(1, "The side of the volume that comes out, or (depth, height, width).")
