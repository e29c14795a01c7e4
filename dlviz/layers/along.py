"""Along a dimension: what the layers that work along one dimension of an example have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Mixing, Shape, described


def check_dim(dim: int, shape: Shape) -> int:
    """The place of `dim` in `shape`, from 0. Raises `WrongInput` where it is no dimension of the example's own."""
    number = len(shape) + 1
    place = dim + number if dim < 0 else dim
    if not 1 <= place < number:
        raise WrongInput(
            f"`dim` must be one of the example's own dimensions, 1 to {number - 1} or -1 to {1 - number} (0 is the "
            f"batch: examples must not mix). Received: {dim} for {described(shape)}."
        )
    return place - 1


class Shares(Layer, abstract=True):
    """Turns the numbers along one dimension into shares of 1, or into their logarithms."""

    group: ClassVar[Group] = "activation"

    dim: int = setting(
        -1, "Along which dimension the shares add up to 1: -1 the last, 1 the first (an image's channels).", ge=-8, le=8
    )

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        return "counts" if check_dim(self.dim, shape) == axis else "no"

    def check(self, *shapes: Shape) -> None:
        check_dim(self.dim, shapes[0])

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        yield "Set dim to -1", self.changed(dim=-1)
