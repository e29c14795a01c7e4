"""Adam: a step of its own size for each weight."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from dlviz.core.setting import setting
from dlviz.optimization.optimizers.optimizer import Optimizer


class Adam(Optimizer):
    """Gives each weight a step size of its own, from the running mean and spread of its gradients; a good first choice.

    m ← β₁m + (1-β₁)g;  v ← β₂v + (1-β₂)g²;  w ← w - lr·m̂/(√v̂ + eps). Kingma & Ba 2015.
    """

    lr: float = setting(
        0.001,
        "The learning rate: about how far each weight moves in one step. Too high: the loss jumps. Too low: it crawls.",
        gt=0,
        le=100,
        widget="log",
        label="learning rate",
    )
    beta1: float = setting(0.9, "How long the mean of the gradients remembers.", ge=0, lt=1, advanced=True)
    beta2: float = setting(0.999, "How long the mean of their squares remembers.", ge=0, lt=1, advanced=True)
    eps: float = setting(1e-8, "Keeps the division from exploding where gradients vanish.", gt=0, le=1, advanced=True)
    weight_decay: float = setting(
        0.0, "Pulls every weight and bias towards 0: this share of each is added to its gradient. (AdamW does it "
        "apart from the gradient.)", ge=0, le=10, advanced=True,
    )  # fmt: skip
    amsgrad: bool = setting(False, "Divide by the largest spread seen so far (Reddi et al. 2018).", advanced=True)

    def make(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.Adam(
            parameters,
            lr=self.lr,
            betas=(self.beta1, self.beta2),
            eps=self.eps,
            weight_decay=self.weight_decay,
            amsgrad=self.amsgrad,
            fused=True,
        )

    def state_per_weight(self) -> int:
        return 3 if self.amsgrad else 2
