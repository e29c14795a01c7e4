"""Subtract: takes its second input from its first."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.layers.number_by_number import NumberByNumber


class Difference(nn.Module):
    """x₁ − x₂, both of one shape."""

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        return one - other


class Subtract(NumberByNumber):
    """Takes the second input from the first, number by number; both must have one shape.

    Where a difference matters: a picture less its noise, what is new in this picture against the last.
    """

    formula: ClassVar[str] = "y = x₁ − x₂"
    paper: ClassVar[str] = (
        "Zhang et al., Beyond a Gaussian denoiser: residual learning of deep CNN for image denoising (2017)"
    )
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)
    module: ClassVar[type[nn.Module]] = Difference
