"""Add: adds its inputs, number by number."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.layers.number_by_number import NumberByNumber


class Sum(nn.Module):
    """x₁ + x₂ + …, all of one shape."""

    def forward(self, *inputs: Tensor) -> Tensor:
        total = inputs[0]
        for other in inputs[1:]:
            total = total + other
        return total


class Add(NumberByNumber):
    """Adds its inputs, number by number; all must have one shape.

    The meeting point of a shortcut: what a branch learned is added to what came in, and the gradient flows past the
    branch unhindered.
    """

    formula: ClassVar[str] = "y = x₁ + x₂ + …"
    paper: ClassVar[str] = "He et al., Deep residual learning for image recognition (2016)"
    module: ClassVar[type[nn.Module]] = Sum
