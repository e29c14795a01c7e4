"""ConvTranspose3d: learned filters that make a volume larger."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Rims3, Sides3
from dlviz.layers.transposed import TransposedConvolution


class ConvTranspose3d(TransposedConvolution):
    """Makes a volume larger with learned filters: each number paints its filter into the result.

    The way up of a U-Net for scans, and wherever volumes are made. It costs much. Size: (in - 1) · stride - 2 ·
    padding + dilation · (kernel_size - 1) + output_padding + 1.
    """

    formula: ClassVar[str] = "y[o] = b[o] + Σᵢ x[i] placed every stride places, each painting w[i,o]"
    paper: ClassVar[str] = (
        "Çiçek et al., 3D U-Net: learning dense volumetric segmentation from sparse annotation (2016)"
    )
    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.ConvTranspose3d

    kernel_size: Sides3 = setting(
        3,
        "The side of the filter in places, or (depth, height, width). A multiple of the stride leaves no checkerboard.",
    )
    stride: Sides3 = setting(1, "How many times larger the volume becomes, about.")
    padding: Rims3 = setting(0, "How many places are cut off on each side of the result.")
    output_padding: Rims3 = setting(0, "Extra places on one side of the result, to hit a size.", advanced=True)
    dilation: Sides3 = setting(1, "The distance between the filter's points.", advanced=True)
