"""What an optimizer part is."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from dlviz.core.part import Part
from dlviz.core.setting import setting


class Optimizer(Part, family="optimizers"):
    """How a gradient becomes a step."""

    lr: float = setting(
        0.01,
        "The learning rate: how far one step goes. Too high: the loss jumps or explodes. Too low: nothing moves.",
        gt=0,
        le=100,
        widget="log",
        label="learning rate",
    )

    def make(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The torch optimizer over `parameters`."""
        raise NotImplementedError

    def state_per_weight(self) -> int:
        """How many numbers it remembers for each weight (for the memory estimate): Adam 2, plain SGD 0."""
        raise NotImplementedError
