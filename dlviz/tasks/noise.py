"""Noise: examples spoilt on purpose, for a network that learns to mend them."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from dlviz.tasks.extent import Extent

Noise = Literal["gaussian", "masking", "salt and pepper"]


def spoilt(examples: Tensor, noise: Noise, amount: float, extent: Extent, random: torch.Generator | None) -> Tensor:
    """`examples` (N, …) with noise on each; all chance from `random` (None: torch's global chance).

    `gaussian`: a normal number of standard deviation `amount` is added to each number. `masking`: a share `amount` of
    the numbers is set to nothing: black in a picture, the training mean in a row. `salt and pepper`: a share `amount`
    is set to the least or the greatest number of the training part, as a coin falls. Vincent et al. 2010.
    """
    if noise == "gaussian":
        return examples + amount * _normal(examples, random)
    hit = _uniform(examples, random) < amount
    if noise == "masking":
        nothing = extent.low if examples.dim() == 4 else extent.mean
        return torch.where(hit, nothing, examples)
    coin = _uniform(examples, random) < 0.5
    return torch.where(hit, torch.where(coin, extent.low, extent.high), examples)


def _normal(like: Tensor, random: torch.Generator | None) -> Tensor:
    return torch.randn(like.shape, generator=random, device=like.device, dtype=like.dtype)


def _uniform(like: Tensor, random: torch.Generator | None) -> Tensor:
    return torch.rand(like.shape, generator=random, device=like.device, dtype=like.dtype)
