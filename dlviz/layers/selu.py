"""SELU: an ELU that keeps mean 0 and spread 1."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer


class SELU(Layer):
    """An ELU scaled so that, through many layers, numbers keep about mean 0 and spread 1 by themselves.

    In deep networks of Linear layers without normalisation, with AlphaDropout if any dropout.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = 1.0507 · (x for x > 0, else 1.6733 · (eˣ − 1))"
    paper: ClassVar[str] = "Klambauer et al., Self-normalizing neural networks (2017)"
    module: ClassVar[type[nn.Module]] = nn.SELU
