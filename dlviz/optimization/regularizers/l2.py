"""L2: large weights are pulled back (weight decay)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from dlviz.core.setting import setting
from dlviz.optimization.regularizers.regularizer import Regularizer
from dlviz.optimization.regularizers.weights import weights_and_gradients


class L2(Regularizer):
    """Pulls each weight towards 0, a large one more strongly: weight decay, or ridge regression for networks.

    The loss gains strength/2 · Σw², over weights only: biases and the scales of normalisation layers stay free.
    With Adam and its kin the setting `weight_decay` of AdamW acts more evenly (Loshchilov & Hutter 2019).
    """

    strength: float = setting(
        1e-4, "How strong the pull is. More: smaller weights and a smoother answer.", ge=0, le=10, widget="log"
    )

    def gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        weights, gradients = weights_and_gradients(parameters)
        if weights:
            torch._foreach_add_(gradients, weights, alpha=self.strength)
