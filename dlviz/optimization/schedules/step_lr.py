"""StepLR: the learning rate falls in stairs."""

from __future__ import annotations

import torch

from dlviz.core.setting import setting
from dlviz.optimization.schedules.schedule import Schedule


class StepLR(Schedule):
    """The learning rate falls in stairs: every `step_size` epochs it is multiplied by `gamma`."""

    step_size: int = setting(
        10, "How many epochs each stair lasts. More: the rate stays high for longer.", ge=1, le=1_000_000, unit="epochs"
    )
    gamma: float = setting(0.1, "What the rate is multiplied by. 0.1: a tenth at each stair.", gt=0, lt=1)

    def make(
        self, optimizer: torch.optim.Optimizer, steps_per_epoch: int, epochs: int
    ) -> torch.optim.lr_scheduler.LRScheduler | None:
        return torch.optim.lr_scheduler.StepLR(optimizer, self.step_size * steps_per_epoch, self.gamma)
