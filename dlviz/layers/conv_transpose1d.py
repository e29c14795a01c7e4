"""ConvTranspose1d: learned filters that make a sequence larger."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Rim, Side
from dlviz.layers.transposed import TransposedConvolution


class ConvTranspose1d(TransposedConvolution):
    """Makes a sequence longer with learned filters: each step paints its filter into the result.

    Where sound or series are made: decoders and generators. Size: (in - 1) · stride - 2 · padding + dilation ·
    (kernel_size - 1) + output_padding + 1.
    """

    formula: ClassVar[str] = "y[o] = b[o] + Σᵢ x[i] placed every stride steps, each painting w[i,o]"
    paper: ClassVar[str] = "Donahue et al., Adversarial audio synthesis (2019)"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    module: ClassVar[type[nn.Module]] = nn.ConvTranspose1d

    kernel_size: Side = setting(
        3,
        "The side of the filter in steps. A multiple of the stride leaves no checkerboard.",
    )
    stride: Side = setting(1, "How many times larger the sequence becomes, about.")
    padding: Rim = setting(0, "How many steps are cut off on each side of the result.")
    output_padding: Rim = setting(0, "Extra steps on one side of the result, to hit a size.", advanced=True)
    dilation: Side = setting(1, "The distance between the filter's points.", advanced=True)
