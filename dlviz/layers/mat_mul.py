"""MatMul: the product of two matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers import examples
from dlviz.layers.layer import Group, Layer, Mixing, Shape, described


class MatrixProduct(nn.Module):
    """A B, or A Bᵀ, over the last two dimensions."""

    def __init__(self, transpose: bool = False) -> None:
        super().__init__()
        self.transpose = transpose

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        return torch.matmul(one, other.transpose(-2, -1) if self.transpose else other)

    def extra_repr(self) -> str:
        return f"transpose={self.transpose}"


class MatMul(Layer):
    """Multiplies two matrices: each row of the first with each column of the second.

    To compare or mix steps by hand, as attention does: with `transpose`, every step of the first input meets every
    step of the second.
    """

    group: ClassVar[Group] = "merge"
    formula: ClassVar[str] = "y = A B, or A Bᵀ"
    paper: ClassVar[str] = "Vaswani et al., Attention is all you need (2017)"
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)
    dimensions: ClassVar[tuple[int, ...]] = (2, 3)
    module: ClassVar[type[nn.Module]] = MatrixProduct

    transpose: bool = setting(False, "Whether the second matrix is turned first, so that rows meet rows.")

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        met = len(shape) - (2 if place and not self.transpose else 1)
        return "adds" if axis == met else "no"

    def check(self, *shapes: Shape) -> None:
        one, other = shapes
        met = other[-1] if self.transpose else other[-2]
        if one[:-2] != other[:-2] or one[-1] != met:
            raise WrongInput(
                f"The rows of the first matrix must be as long as the {'rows' if self.transpose else 'columns'} of the "
                f"second, and all other sizes equal. Received: {described(one)} and {described(other)}."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        turned = not self.transpose
        yield f"{'Turn' if turned else 'Do not turn'} the second matrix", self.changed(transpose=turned)

    @classmethod
    def sketch_example(cls) -> tuple[Layer, tuple[Tensor, ...]]:
        return cls(), (examples.steps(), examples.steps(1).transpose(1, 2))
