"""Conv1d: filters that slide along a sequence."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.convolution import Convolution
from dlviz.layers.layer import Rim, Side


class Conv1d(Convolution):
    """Slides small learned filters along a sequence; each filter answers where its pattern is.

    For series, sound and text, as channels × steps: it finds short patterns wherever they happen, and is quicker than
    a recurrent layer.
    """

    formula: ClassVar[str] = "y[o] = b[o] + Σᵢ w[o,i] ⋆ x[i]"
    paper: ClassVar[str] = "Waibel et al., Phoneme recognition using time-delay neural networks (1989)"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    module: ClassVar[type[nn.Module]] = nn.Conv1d

    kernel_size: Side = setting(3, "How many steps the filter's window sees. Larger sees longer patterns.")
    stride: Side = setting(1, "How many steps the window moves on. 2 halves the sequence.")
    padding: Rim | Literal["same", "valid"] = setting(
        0, "How many steps of rim are added at each end. `same`: as many as keep the length."
    )
    dilation: Side = setting(
        1, "The distance between the window's points. 2 sees twice as far with as many weights.", advanced=True
    )
