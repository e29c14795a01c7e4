"""Constant: the learning rate stays as it is."""

from __future__ import annotations

import torch

from dlviz.optimization.schedules.schedule import Schedule


class Constant(Schedule):
    """The learning rate stays as it is from the first step to the last."""

    def make(
        self, optimizer: torch.optim.Optimizer, steps_per_epoch: int, epochs: int
    ) -> torch.optim.lr_scheduler.LRScheduler | None:
        return None
