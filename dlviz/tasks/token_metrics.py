"""Metrics over tokens, from sums that each example brings: (loss, right, tokens), summed over its tokens."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics import Metric


class TokenMean(Metric):
    """A mean over all tokens; `update((N, 3) sums, (N,) tokens)`."""

    full_state_update = False
    higher_is_better = False
    #: Which of the three sums is divided by the number of tokens.
    column = 0
    total: Tensor
    tokens: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("tokens", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, sums: Tensor, tokens: Tensor) -> None:
        self.total = self.total + sums[:, self.column].double().sum()
        self.tokens = self.tokens + tokens.double().sum()

    def compute(self) -> Tensor:
        return self.total / self.tokens.clamp(min=1)


class TokenAccuracy(TokenMean):
    """The share of tokens that the network held for the likeliest."""

    higher_is_better = True
    column = 1


class Perplexity(TokenMean):
    """exp(mean loss): among how many equally likely tokens the network wavers."""

    def compute(self) -> Tensor:
        return super().compute().exp()
