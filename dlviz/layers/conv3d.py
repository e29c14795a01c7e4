"""Conv3d: filters that slide through a volume."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.convolution import Convolution
from dlviz.layers.layer import Rims3, Sides3


class Conv3d(Convolution):
    """Slides small learned filters through a volume or a film; each filter answers where its pattern is.

    For scans (depth × height × width) and for films (time × height × width). It costs much: a window of 3 has 27
    places for each channel.
    """

    formula: ClassVar[str] = "y[o] = b[o] + Σᵢ w[o,i] ⋆ x[i]"
    paper: ClassVar[str] = "Tran et al., Learning spatiotemporal features with 3D convolutional networks (2015)"
    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.Conv3d

    kernel_size: Sides3 = setting(
        3, "The side of the filter's window, or (depth, height, width). Larger sees wider patterns and costs much more."
    )
    stride: Sides3 = setting(1, "How far the window moves on. 2 halves all three sides.")
    padding: Rims3 | Literal["same", "valid"] = setting(
        0, "How wide a rim is added on each side. `same`: as wide as keeps the volume's size."
    )
    dilation: Sides3 = setting(
        1, "The distance between the window's points. 2 sees twice as wide with as many weights.", advanced=True
    )
