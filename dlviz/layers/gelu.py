"""GELU: a smooth ReLU."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer


class GELU(Layer):
    """A smooth ReLU: small negative numbers pass a little, large ones not at all.

    The usual choice in transformers.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x · Φ(x), Φ(x): the share of a normal distribution below x"
    paper: ClassVar[str] = "Hendrycks & Gimpel, Gaussian error linear units (2016)"
    module: ClassVar[type[nn.Module]] = nn.GELU

    approximate: Literal["none", "tanh"] = setting(
        "none", "`none` computes it exactly; `tanh` is a near and quicker formula.", advanced=True
    )
