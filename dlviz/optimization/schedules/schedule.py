"""What a schedule part is."""

from __future__ import annotations

import torch

from dlviz.core.part import Part


class Schedule(Part, family="schedules"):
    """How the learning rate changes during a run."""

    def make(
        self, optimizer: torch.optim.Optimizer, steps_per_epoch: int, epochs: int
    ) -> torch.optim.lr_scheduler.LRScheduler | None:
        """The torch scheduler, stepped once after each optimizer step; None: the rate stays as it is."""
        raise NotImplementedError
