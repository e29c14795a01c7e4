"""GELU: a smooth ReLU."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer


class GELU(Layer):
    """A smooth ReLU: small negative numbers pass a little, large ones not at all.

    y = x · Φ(x), with Φ the share of a normal distribution below x. Usual in transformers. Paper: Hendrycks & Gimpel,
    Gaussian error linear units (2016).
    """

    group: ClassVar[Group] = "activation"
    module: ClassVar[type[nn.Module]] = nn.GELU

    approximate: Literal["none", "tanh"] = setting(
        "none", "`none` computes it exactly; `tanh` is a near and quicker formula.", advanced=True
    )
