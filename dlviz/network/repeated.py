"""Repeated: the same block several times in a row. Imports torch alone, so that printed code can hold it."""

from __future__ import annotations

from torch import Tensor, nn


class Repeated(nn.Sequential):
    """Several modules in a row: `x` flows through all of them, the other inputs feed every one."""

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:
        for module in self:
            x = module(x, *others)
        return x
