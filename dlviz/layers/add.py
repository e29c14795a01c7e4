"""Add: adds its inputs, number by number."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.layers.layer import Group, Layer, Shape, shown


class Sum(nn.Module):
    """x₁ + x₂ + …, all of one shape."""

    def forward(self, *inputs: Tensor) -> Tensor:
        total = inputs[0]
        for other in inputs[1:]:
            total = total + other
        return total


class Add(Layer):
    """Adds its inputs, number by number; all must have one shape.

    The meeting point of a shortcut: what a branch learned is added to what came in, and the gradient flows past the
    branch unhindered.
    """

    group: ClassVar[Group] = "merge"
    formula: ClassVar[str] = "y = x₁ + x₂ + …"
    paper: ClassVar[str] = "He et al., Deep residual learning for image recognition (2016)"
    inputs: ClassVar[tuple[int, int | None]] = (2, None)
    module: ClassVar[type[nn.Module]] = Sum

    def check(self, *shapes: Shape) -> None:
        if len(set(shapes)) > 1:
            came = ", ".join(shown(shape) for shape in shapes)
            raise WrongInput(f"Add needs inputs of one shape, since it adds number by number. Received: {came}.")
