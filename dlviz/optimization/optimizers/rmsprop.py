"""RMSprop: steps divided by the recent size of the gradient."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from dlviz.core.setting import setting
from dlviz.optimization.optimizers.optimizer import Optimizer


class RMSprop(Optimizer):
    """Divides each weight's step by the recent size of its gradients, so that steep and flat directions move alike.

    v ← alpha·v + (1 - alpha)·g²;  w ← w - lr·g/(√v + eps). Tieleman & Hinton 2012.
    """

    alpha: float = setting(0.99, "How long the size of the gradients is remembered.", ge=0, lt=1)
    momentum: float = setting(0.0, "How much of the last step is kept.", ge=0, lt=1)
    eps: float = setting(1e-8, "Keeps the division from exploding where gradients vanish.", gt=0, le=1, advanced=True)
    centered: bool = setting(
        False, "Divide by the gradients' spread about their mean (Graves 2013) instead of their size.", advanced=True
    )
    weight_decay: float = setting(
        0.0, "Pulls every weight and bias towards 0: this share of each is added to its gradient.", ge=0, le=10,
        advanced=True,
    )  # fmt: skip

    def make(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.RMSprop(
            parameters,
            lr=self.lr,
            alpha=self.alpha,
            eps=self.eps,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
            centered=self.centered,
            foreach=True,  # torch has no fused one
        )

    def state_per_weight(self) -> int:
        return 1 + int(self.momentum > 0) + int(self.centered)
