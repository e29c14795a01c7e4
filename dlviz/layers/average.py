"""Average: the mean of its inputs, number by number."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.layers.number_by_number import NumberByNumber


class Mean(nn.Module):
    """(x₁ + x₂ + …) / n, all of one shape."""

    def forward(self, *inputs: Tensor) -> Tensor:
        total = inputs[0]
        for other in inputs[1:]:
            total = total + other
        return total / len(inputs)


class Average(NumberByNumber):
    """The mean of its inputs, number by number; all must have one shape.

    To let several branches vote, without the numbers growing as they do with Add.
    """

    formula: ClassVar[str] = "y = (x₁ + x₂ + …) / n"
    paper: ClassVar[str] = "Larsson et al., FractalNet: ultra-deep neural networks without residuals (2017)"
    module: ClassVar[type[nn.Module]] = Mean
