"""Softshrink: pulls all numbers towards 0."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer


class Softshrink(Layer):
    """Pulls each number towards 0 by lambd; what is smaller becomes 0.

    To take noise away or to keep only what is strong, as in sparse coding.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x − lambd for x > lambd, x + lambd for x < −lambd, else 0"
    paper: ClassVar[str] = "Donoho, De-noising by soft-thresholding (1995)"
    module: ClassVar[type[nn.Module]] = nn.Softshrink

    lambd: float = setting(0.5, "How far numbers are pulled towards 0.", ge=0, le=1e4)
