"""CosineAnnealingLR: the learning rate glides down along half a cosine wave."""

from __future__ import annotations

import torch

from dlviz.core.setting import setting
from dlviz.optimization.schedules.schedule import Schedule


class CosineAnnealingLR(Schedule):
    """The learning rate glides from its start to `eta_min` over the whole run, along half a cosine wave.

    lr(t) = eta_min + ½ (lr - eta_min)(1 + cos(π t/T)). Loshchilov & Hutter 2017, without restarts.
    """

    eta_min: float = setting(0.0, "The learning rate at the end.", ge=0, le=100, advanced=True)

    def make(
        self, optimizer: torch.optim.Optimizer, steps_per_epoch: int, epochs: int
    ) -> torch.optim.lr_scheduler.LRScheduler | None:
        steps = max(1, steps_per_epoch * epochs)
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps, eta_min=self.eta_min)
