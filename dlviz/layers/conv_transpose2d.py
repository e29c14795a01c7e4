"""ConvTranspose2d: learned filters that make a picture larger."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Rims, Sides
from dlviz.layers.transposed import TransposedConvolution


class ConvTranspose2d(TransposedConvolution):
    """Makes a picture larger with learned filters: each pixel paints its filter into the result.

    Where pictures are made: decoders, generators, the way up of a U-Net. Size: (in - 1) · stride - 2 · padding +
    dilation · (kernel_size - 1) + output_padding + 1.
    """

    formula: ClassVar[str] = "y[o] = b[o] + Σᵢ x[i] placed every stride pixels, each painting w[i,o]"
    paper: ClassVar[str] = "Zeiler et al., Deconvolutional networks (2010)"
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.ConvTranspose2d

    kernel_size: Sides = setting(
        3,
        "The side of the filter in pixels, or (height, width). A multiple of the stride leaves no checkerboard.",
    )
    stride: Sides = setting(1, "How many times larger the picture becomes, about.")
    padding: Rims = setting(0, "How many pixels are cut off on each side of the result.")
    output_padding: Rims = setting(0, "Extra pixels on one side of the result, to hit a size.", advanced=True)
    dilation: Sides = setting(1, "The distance between the filter's points.", advanced=True)
