"""LinearWarmup: the learning rate rises from near 0 at first."""

from __future__ import annotations

import math
from typing import Literal

import torch

from dlviz.core.setting import setting
from dlviz.optimization.schedules.schedule import Schedule


class LinearWarmup(Schedule):
    """The learning rate rises in a straight line over the first epochs: the first, wildest gradients do no harm.

    Goyal et al. 2017; with a falling rate after it, Vaswani et al. 2017 and most transformers since.
    """

    epochs: float = setting(
        1.0, "How long it rises, in epochs; parts of one are fine. More: a gentler start.", ge=0, le=1e6, unit="epochs"
    )
    start_factor: float = setting(0.01, "Which share of the learning rate it begins with.", gt=0, le=1, advanced=True)
    then: Literal["constant", "linear", "cosine"] = setting(
        "constant", "What comes after: the rate stays, or falls to 0 at the end of the run in a line or a half wave."
    )

    def make(
        self, optimizer: torch.optim.Optimizer, steps_per_epoch: int, epochs: int
    ) -> torch.optim.lr_scheduler.LRScheduler | None:
        rising = round(self.epochs * steps_per_epoch)
        falling = max(1, steps_per_epoch * epochs - rising)

        def factor(step: int) -> float:
            if step < rising:
                return self.start_factor + (1 - self.start_factor) * step / rising
            left = max(0.0, 1 - (step - rising) / falling)
            return {"constant": 1.0, "linear": left, "cosine": (1 - math.cos(math.pi * left)) / 2}[self.then]

        return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
