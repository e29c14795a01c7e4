"""L1: weights that are not needed go to exactly 0."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from dlviz.core.setting import setting
from dlviz.optimization.regularizers.regularizer import Regularizer
from dlviz.optimization.regularizers.weights import weights_and_gradients


class L1(Regularizer):
    """Pulls every weight towards 0 with the same force, so that those that are not needed vanish (the lasso).

    The loss gains strength · Σ|w|, over weights only: biases and the scales of normalisation layers stay free.
    Tibshirani 1996.
    """

    strength: float = setting(
        1e-4, "How strong the pull is. More: fewer weights stay, and a simpler network.", ge=0, le=10, widget="log"
    )

    def gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        weights, gradients = weights_and_gradients(parameters)
        if weights:
            torch._foreach_add_(gradients, torch._foreach_sign(weights), alpha=self.strength)
