"""Metrics of forecasts. Each takes outputs (N, quantiles + 2, series, steps) as `Forecasting.forward` gives them: the
quantiles, the value one season before, the distance that MASE divides by; and the truth (N, series, steps)."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.regression import MeanAbsoluteError


class MedianError(MeanAbsoluteError):
    """The mean absolute error of the median."""

    def __init__(self, middle: int) -> None:
        super().__init__()
        self.middle = middle

    def update(self, outputs: Tensor, truth: Tensor) -> None:
        super().update(outputs[:, self.middle].contiguous(), truth)


class Mase(MeanAbsoluteError):
    """The mean absolute scaled error: that of the median, divided by the mean distance of two values one season apart
    in the training part (Hyndman and Koehler, Another look at measures of forecast accuracy, 2006)."""

    def __init__(self, middle: int) -> None:
        super().__init__()
        self.middle = middle

    def update(self, outputs: Tensor, truth: Tensor) -> None:
        distance = outputs[:, -1]
        super().update(outputs[:, self.middle] / distance, truth / distance)


class Coverage(Metric):
    """The share of true values between the lowest and the highest quantile."""

    full_state_update = False
    higher_is_better = None
    inside: Tensor
    many: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("inside", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("many", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, outputs: Tensor, truth: Tensor) -> None:
        inside = (truth >= outputs[:, 0]) & (truth <= outputs[:, -3])
        self.inside = self.inside + inside.double().sum()
        self.many = self.many + inside.numel()

    def compute(self) -> Tensor:
        return self.inside / self.many.clamp(min=1)


def seasonal_naive(past: Tensor, horizon: int, season: int) -> Tensor:
    """(N, series, horizon): of each step the value one season before, of steps beyond a season that of the last season
    seen (Hyndman and Athanasopoulos, Forecasting, section 5.2)."""
    steps = past.shape[2]
    at = steps - season + torch.arange(horizon, device=past.device) % season
    return past[:, :, at]


def pinball(error: Tensor, quantiles: Tensor) -> Tensor:
    """The quantile loss of errors truth - forecast (N, quantiles, …), of the same shape: q·e where the forecast was too
    low, (q - 1)·e where it was too high (Koenker and Bassett, Regression quantiles, 1978)."""
    q = quantiles.view(-1, *(1,) * (error.dim() - 2))
    return torch.maximum(q * error, (q - 1) * error)
