"""RMSNorm: scales the features of each example to a length of their own."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.last_sizes import OverLastSizes


class RMSNorm(OverLastSizes):
    """Scales the features of each example so that their mean square is 1; unlike LayerNorm it does not centre them.

    In large transformers, in place of LayerNorm: nearly as good and cheaper.
    """

    formula: ClassVar[str] = "y = x / √(mean of x² + eps) · scale, over the last dimensions"
    paper: ClassVar[str] = "Zhang & Sennrich, Root mean square layer normalization (2019)"
    module: ClassVar[type[nn.Module]] = nn.RMSNorm

    eps: float | None = setting(
        None, "A small number that keeps from dividing by 0. Nothing: the smallest that 1 + eps can tell from 1.",
        gt=0, le=1, advanced=True, widget="log",
    )  # fmt: skip
