"""AdamW: Adam with weight decay apart from the gradient."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from dlviz.core.setting import setting
from dlviz.optimization.optimizers.optimizer import Optimizer


class AdamW(Optimizer):
    """Adam with weight decay done right: every weight shrinks by its own share, whatever its gradients are.

    w ← w - lr·weight_decay·w, then Adam's step. Loshchilov & Hutter 2019.
    """

    lr: float = setting(
        0.001,
        "The learning rate: about how far each weight moves in one step. Too high: the loss jumps. Too low: it crawls.",
        gt=0,
        le=100,
        widget="log",
        label="learning rate",
    )
    weight_decay: float = setting(
        0.01, "How strongly weights and biases shrink: each step takes lr × this share away. More: simpler networks.",
        ge=0, le=10,
    )  # fmt: skip
    beta1: float = setting(0.9, "How long the mean of the gradients remembers.", ge=0, lt=1, advanced=True)
    beta2: float = setting(0.999, "How long the mean of their squares remembers.", ge=0, lt=1, advanced=True)
    eps: float = setting(1e-8, "Keeps the division from exploding where gradients vanish.", gt=0, le=1, advanced=True)
    amsgrad: bool = setting(False, "Divide by the largest spread seen so far (Reddi et al. 2018).", advanced=True)

    def make(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
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
