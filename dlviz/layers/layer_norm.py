"""LayerNorm: centres and scales the features of each example by themselves."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.last_sizes import OverLastSizes


class LayerNorm(OverLastSizes):
    """Centres and scales the features of each example by themselves, so the batch does not matter.

    Usual in transformers, and where batches are small.
    """

    formula: ClassVar[str] = "y = (x − mean) / √(variance + eps) · scale + shift, over the last dimensions"
    paper: ClassVar[str] = "Ba et al., Layer normalization (2016)"
    module: ClassVar[type[nn.Module]] = nn.LayerNorm

    eps: float = setting(1e-5, "A small number that keeps from dividing by 0.", gt=0, le=1, advanced=True, widget="log")
    bias: bool = setting(True, "Whether it learns a shift.", advanced=True)
