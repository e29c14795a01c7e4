"""Reshape: the same numbers in another shape."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers import examples
from dlviz.layers.layer import Group, Layer, Shape, described, shown


class View(nn.Module):
    """The numbers of each example in the shape `shape`; one size may be -1."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], *self.shape)

    def extra_repr(self) -> str:
        return f"shape={self.shape}"


class Reshape(Layer):
    """Lays the same numbers out in another shape, in the same order.

    The way from a row of features back to a picture: 256 becomes 16×4×4. Nothing is learned.
    """

    group: ClassVar[Group] = "shape"
    formula: ClassVar[str] = "y has the numbers of x, in the same order"
    paper: ClassVar[str] = ""
    module: ClassVar[type[nn.Module]] = View

    shape: tuple[Annotated[int, Field(ge=-1, le=2**20)], ...] = setting(
        (-1,), "The sizes that come out, without the batch. One may be -1: as many as are left.", min_length=1,
        max_length=6,
    )  # fmt: skip

    def check(self, *shapes: Shape) -> None:
        (came,) = shapes
        open_sizes = self.shape.count(-1)
        numbers, fixed = math.prod(came), math.prod(size for size in self.shape if size != -1)
        if 0 in self.shape or open_sizes > 1:
            raise WrongInput(f"Sizes must be 1 or more, and at most one may be -1. Received: {shown(self.shape)}.")
        if (numbers != fixed and not open_sizes) or numbers % fixed:
            raise WrongInput(
                f"A new shape must hold as many numbers as the old one. Received: {described(came)}, that is {numbers} "
                f"numbers, for {shown(self.shape)}."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        (came,) = shapes
        numbers = math.prod(came)
        if all(size > 0 for size in self.shape):
            for place in range(len(self.shape)):
                others = self.shape[:place] + self.shape[place + 1 :]
                if numbers % math.prod(others) == 0:
                    fitted = (*self.shape[:place], numbers // math.prod(others), *self.shape[place + 1 :])
                    yield f"Set shape to {shown(fitted)}", self.changed(shape=fitted)
        yield f"Set shape to {numbers}", self.changed(shape=(-1,))

    @classmethod
    def sketch_example(cls) -> tuple[Layer, tuple[Tensor, ...]]:
        return cls(shape=(1, 4, 4)), (examples.ordered().flatten(1),)
