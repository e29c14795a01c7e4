"""Multiply: multiplies its inputs, number by number."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.layers.layer import Group, Layer, Shape, shown


class Product(nn.Module):
    """x₁ · x₂ · …; sizes of 1 stretch."""

    def forward(self, *inputs: Tensor) -> Tensor:
        product = inputs[0]
        for other in inputs[1:]:
            product = product * other
        return product


class Multiply(Layer):
    """Multiplies its inputs, number by number: one input can open or close another like a gate.

    For gates. A size of 1 stretches to the other's size, so a weight per channel (C×1×1) can scale a picture (C×H×W).
    """

    group: ClassVar[Group] = "merge"
    formula: ClassVar[str] = "y = x₁ · x₂ · …"
    paper: ClassVar[str] = "Hu et al., Squeeze-and-excitation networks (2018)"
    inputs: ClassVar[tuple[int, int | None]] = (2, None)
    module: ClassVar[type[nn.Module]] = Product

    def check(self, *shapes: Shape) -> None:
        sizes = [{size for size in sizes if size != 1} for sizes in zip(*shapes, strict=False)]
        if len({len(shape) for shape in shapes}) > 1 or any(len(different) > 1 for different in sizes):
            came = ", ".join(shown(shape) for shape in shapes)
            raise WrongInput(
                "Multiply needs inputs of one shape, since it multiplies number by number (a size of 1 may meet any "
                f"other). Received: {came}."
            )
