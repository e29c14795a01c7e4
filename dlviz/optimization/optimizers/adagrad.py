"""Adagrad: steps that shrink with all gradients seen so far."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from dlviz.core.setting import setting
from dlviz.optimization.optimizers.optimizer import Optimizer


class Adagrad(Optimizer):
    """Divides each weight's step by all its gradients so far: weights that seldom get a gradient move far when they do.

    s ← s + g²;  w ← w - lr·g/(√s + eps). Steps only ever get smaller. Duchi, Hazan & Singer 2011.
    """

    lr_decay: float = setting(
        0.0, "Shrinks the learning rate further: by 1/(1 + steps × this).", ge=0, le=1, advanced=True
    )
    initial_accumulator_value: float = setting(
        0.0, "What s starts with; more makes the first steps smaller.", ge=0, le=1e6, advanced=True
    )
    eps: float = setting(1e-10, "Keeps the division from exploding where gradients vanish.", gt=0, le=1, advanced=True)
    weight_decay: float = setting(
        0.0, "Pulls every weight and bias towards 0: this share of each is added to its gradient.", ge=0, le=10,
        advanced=True,
    )  # fmt: skip

    def make(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        weights = list(parameters)
        return torch.optim.Adagrad(
            weights,
            lr=self.lr,
            lr_decay=self.lr_decay,
            weight_decay=self.weight_decay,
            initial_accumulator_value=self.initial_accumulator_value,
            eps=self.eps,
            fused=all(weight.device.type == "cpu" for weight in weights),  # torch has no fused one for GPUs
        )

    def state_per_weight(self) -> int:
        return 1
