"""OneCycleLR: the learning rate rises, then falls far below where it began."""

from __future__ import annotations

import torch

from dlviz.core.setting import setting
from dlviz.optimization.schedules.schedule import Schedule


class OneCycleLR(Schedule):
    """The learning rate rises to the optimizer's, then falls far below where it began: often the quickest to train.

    Smith & Topin 2018; both ways along half a cosine wave. The momentum stays as it is.
    """

    pct_start: float = setting(0.3, "Which share of the run it rises for.", gt=0, lt=1, label="share that rises")
    div_factor: float = setting(
        25.0, "How many times smaller than its peak the rate begins. More: a gentler start.", ge=1, le=1e6
    )
    final_div_factor: float = setting(
        1e4, "How many times smaller than at its beginning the rate ends.", ge=1, le=1e9, advanced=True
    )

    def make(
        self, optimizer: torch.optim.Optimizer, steps_per_epoch: int, epochs: int
    ) -> torch.optim.lr_scheduler.LRScheduler | None:
        return torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=[group["lr"] for group in optimizer.param_groups],
            # torch counts the rates, of which there is one more than steps between them; and two are the fewest
            total_steps=max(2, steps_per_epoch * epochs + 1),
            pct_start=self.pct_start,
            div_factor=self.div_factor,
            final_div_factor=self.final_div_factor,
            cycle_momentum=False,
        )
