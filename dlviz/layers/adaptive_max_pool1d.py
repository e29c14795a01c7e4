"""AdaptiveMaxPool1d: the largest number of as many windows as the chosen size asks for."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Side


class AdaptiveMaxPool1d(Layer):
    """Keeps the largest numbers of a sequence, in as many windows as the size of your choice asks for, whatever size
    comes in.

    Before a Linear at the end of a network, where it matters whether a pattern is anywhere in the sequence. With 1
    each channel becomes one number, its largest.
    """

    group: ClassVar[Group] = "pooling"
    formula: ClassVar[str] = "y[c,t] = max of x[c] over window t of output_size equal ones"
    paper: ClassVar[str] = "Collobert et al., Natural language processing (almost) from scratch (2011)"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    module: ClassVar[type[nn.Module]] = nn.AdaptiveMaxPool1d

    output_size: Side = setting(1, "The length of the sequence that comes out.")
