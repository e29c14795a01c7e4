"""SGD: stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from pydantic import ValidationInfo, field_validator
from torch import nn

from dlviz.core.setting import setting
from dlviz.optimization.optimizers.optimizer import Optimizer


class SGD(Optimizer):
    """A step straight down the gradient; with momentum it keeps some of its speed.

    v ← momentum·v + (1 - dampening)·g;  w ← w - lr·v. Nesterov momentum: Sutskever et al. 2013.
    """

    momentum: float = setting(
        0.0, "How much of the last step is kept. 0.9 crosses flat valleys faster; too much swings past the goal.",
        ge=0, lt=1,
    )  # fmt: skip
    nesterov: bool = setting(False, "Look ahead: take the gradient where the momentum is about to lead.")
    weight_decay: float = setting(
        0.0, "Pulls every weight and bias towards 0: this share of each is added to its gradient.", ge=0, le=10,
        advanced=True,
    )  # fmt: skip
    dampening: float = setting(0.0, "How much the new gradient is weakened in the momentum.", ge=0, lt=1, advanced=True)

    def make(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(
            parameters,
            lr=self.lr,
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=self.weight_decay,
            dampening=self.dampening,
            fused=True,
        )

    def state_per_weight(self) -> int:
        return int(self.momentum > 0)

    @field_validator("nesterov")
    @classmethod
    def _needs_momentum(cls, nesterov: bool, others: ValidationInfo) -> bool:
        if nesterov and others.data.get("momentum") == 0:
            raise ValueError("needs a momentum above 0: it looks ahead along the momentum. Set momentum to 0.9, say.")
        return nesterov

    @field_validator("dampening")
    @classmethod
    def _not_with_nesterov(cls, dampening: float, others: ValidationInfo) -> float:
        if dampening > 0 and others.data.get("nesterov"):
            raise ValueError(
                "must be 0 with nesterov (its formula has no dampening). Set one of the two to its default."
            )
        return dampening
