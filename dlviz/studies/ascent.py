"""Ascent: from noise to an input that excites something in a network as much as it can.

x ← mid + (1 - decay)(x - mid) + rate · g / rms(g), with g the gradient of what is to grow; then within the range that
inputs have. Of what is linear in x this ends in the direction of its weights. What lies next to each other in a
picture or series may be shifted a little at each step and evened out, so that no step serves one pixel alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.core.values import Array
from dlviz.explainers.explainer import Step

#: How far a step goes, as a share of the range of inputs; how strong the noise is that it begins with.
_RATE, _NOISE = 0.04, 0.05
#: Of what is called `smooth` so much is evened out in each step.
_EVENED = 0.5


@dataclass(frozen=True)
class Range:
    """What inputs are like: `low`, `high` and `mid`, each (*shape)."""

    low: Tensor
    high: Tensor
    mid: Tensor


@dataclass(frozen=True)
class Climb:
    """`made` (B, *shape) where it ended, `heights` (steps + 1, B) on the way."""

    made: Tensor
    heights: Array


def climb(
    height: Callable[[Tensor], Tensor], within: Range, shape: tuple[int, ...], *, steps: int, decay: float,
    smooth: float, jitter: int, seed: int, step: Step, done: float = 0, of: float | None = None,
) -> Climb:  # fmt: skip
    """Let `height` (B,) of inputs of a shape (B, *within) grow, from noise on. Where there is `smooth` or `jitter`, the
    last sides, one of a series, two of a picture, are taken for places."""
    chance = torch.Generator().manual_seed(seed)
    span = within.high - within.low
    rate = _RATE * float(span.mean())  # one for all, or the direction would not be the gradient's
    x = within.mid + _NOISE * span * torch.randn(shape, generator=chance)
    sides = tuple(range(2, len(shape)))
    heights = []
    for number in range(steps):
        shifts = [int(torch.randint(-jitter, jitter + 1, (1,), generator=chance)) for _ in sides]
        x = x.roll(shifts, sides) if jitter and sides else x
        leaf = x.detach().requires_grad_()
        with torch.enable_grad():
            reached = height(leaf)
        (slope,) = torch.autograd.grad(reached.sum(), leaf)
        heights.append(reached.detach().double().numpy())
        strength = slope.flatten(1).square().mean(1).sqrt().clamp(min=1e-30).view(-1, *[1] * (x.dim() - 1))
        x = within.mid + (1 - decay) * (x - within.mid) + rate * slope / strength
        if smooth and sides:
            x = x + _EVENED * smooth * (_evened(x) - x)
        x = x.roll([-shift for shift in shifts], sides) if jitter and sides else x
        x = x.clamp(within.low, within.high)
        step(done + number + 1, of or steps)
    with torch.no_grad():
        heights.append(height(x).double().numpy())
    return Climb(x, np.stack(heights))


def _evened(x: Tensor) -> Tensor:
    """Each place as the mean of itself and its neighbours, (B, C, T) or (B, C, H, W)."""
    if x.dim() == 3:
        return F.avg_pool1d(F.pad(x, (1, 1), mode="replicate"), 3, stride=1)
    return F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
