"""AdaptiveAvgPool1d: the mean over as many windows as the chosen length asks for."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Side


class AdaptiveAvgPool1d(Layer):
    """Averages a sequence down to a length of your choice, whatever length comes in.

    Before a Linear at the end of a network for sequences. With 1 each channel becomes one number, its mean over time.
    """

    group: ClassVar[Group] = "pooling"
    formula: ClassVar[str] = "y[c,t] = mean of x[c] from step ⌊t·L/L′⌋ to ⌈(t+1)·L/L′⌉"
    paper: ClassVar[str] = "Lin et al., Network in network (2013)"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    module: ClassVar[type[nn.Module]] = nn.AdaptiveAvgPool1d

    output_size: Side = setting(1, "The length of the sequence that comes out.")
