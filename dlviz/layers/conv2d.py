"""Conv2d: filters that slide over a picture."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.convolution import Convolution
from dlviz.layers.layer import Rims, Sides


class Conv2d(Convolution):
    """Slides small learned filters over a picture; each filter answers where its pattern is.

    The usual first layer for pictures. The same few weights serve every place, so a pattern learned in one corner is
    known in all.
    """

    formula: ClassVar[str] = "y[o] = b[o] + Σᵢ w[o,i] ⋆ x[i]"
    paper: ClassVar[str] = "LeCun et al., Gradient-based learning applied to document recognition (1998)"
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.Conv2d

    kernel_size: Sides = setting(
        3, "The side of the filter's window in pixels, or (height, width). Larger sees wider patterns and costs more."
    )
    stride: Sides = setting(1, "How many pixels the window moves on. 2 halves the picture.")
    padding: Rims | Literal["same", "valid"] = setting(
        0, "How many pixels of rim are added on each side. `same`: as many as keep the picture's size."
    )
    dilation: Sides = setting(
        1, "The distance between the window's points. 2 sees twice as wide with as many weights.", advanced=True
    )
