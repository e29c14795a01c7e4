"""Flatten: a picture or sequence as one long row of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers import examples
from dlviz.layers.layer import Group, Layer, Shape, described


class Flatten(Layer):
    """Lays a picture or sequence out as one long row of numbers, as Linear needs it.

    Between the convolutions and the first Linear: 16×4×4 becomes 256. No number changes and nothing is learned.
    """

    group: ClassVar[Group] = "shape"
    formula: ClassVar[str] = "y[k] = x[c,i,j] with k = (c·H + i)·W + j"
    paper: ClassVar[str] = ""
    module: ClassVar[type[nn.Module]] = nn.Flatten

    start_dim: int = setting(
        1, "The first dimension to join; 0 is the batch and stays apart.", ge=1, le=8, advanced=True
    )
    end_dim: int = setting(-1, "The last dimension to join; -1 is the last of all.", ge=-8, le=8, advanced=True)

    def check(self, *shapes: Shape) -> None:
        number = len(shapes[0]) + 1
        end = self.end_dim + number if self.end_dim < 0 else self.end_dim
        if not self.start_dim <= end < number and shapes[0]:
            raise WrongInput(
                f"Flatten joins dimensions {self.start_dim} to {self.end_dim}; these must exist, in this order. "
                f"Received: {described(shapes[0])}, dimensions 1 to {number - 1}."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        yield "Join all dimensions", Flatten()

    @classmethod
    def sketch_example(cls) -> tuple[Layer, tuple[Tensor, ...]]:
        return cls(), (examples.ordered(),)
