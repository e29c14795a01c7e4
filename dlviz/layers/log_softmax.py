"""LogSoftmax: the logarithms of softmax's shares."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.along import Shares


class LogSoftmax(Shares):
    """The logarithms of Softmax's shares, computed so that they stay exact where a share is tiny.

    Where a loss asks for logarithms of probabilities. A classifier needs none at its end: its loss (cross-entropy)
    already contains one.
    """

    formula: ClassVar[str] = "yᵢ = xᵢ − ln Σⱼ e^xⱼ"
    paper: ClassVar[str] = "Bridle, Probabilistic interpretation of feedforward classification network outputs (1990)"
    module: ClassVar[type[nn.Module]] = nn.LogSoftmax
