"""Permute: the dimensions in another order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers import examples
from dlviz.layers.layer import Group, Layer, Shape, described


class Reordered(nn.Module):
    """The dimensions of each example in the order `dims`, 1 being the first; 0, the batch, stays in front."""

    def __init__(self, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, *self.dims)

    def extra_repr(self) -> str:
        return f"dims={self.dims}"


class Permute(Layer):
    """Puts the dimensions of each example in another order, as turning a table's rows into its columns.

    Where a layer wants the channels in another place than they stand. Nothing is learned.
    """

    group: ClassVar[Group] = "shape"
    formula: ClassVar[str] = "y[i, j, …] = x[…, j, i] (where dims is empty)"
    paper: ClassVar[str] = ""
    module: ClassVar[type[nn.Module]] = Reordered

    dims: tuple[Annotated[int, Field(ge=1, le=8)], ...] | None = setting(
        None, "The new order of the example's dimensions: (2, 3, 1) puts channels last. Nothing: the reverse order."
    )

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        return {"dims": tuple(range(len(shapes[0]), 0, -1)) if self.dims is None else self.dims}

    def check(self, *shapes: Shape) -> None:
        number = len(shapes[0])
        if self.dims is not None and sorted(self.dims) != list(range(1, number + 1)):
            raise WrongInput(
                f"`dims` must name each of the example's dimensions once, 1 to {number}. Received: {self.dims} for "
                f"{described(shapes[0])}."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        yield "Reverse the order", self.changed(dims=None)

    @classmethod
    def sketch_example(cls) -> tuple[Layer, tuple[Tensor, ...]]:
        return cls(), (examples.ordered(6, 5)[:, 0],)
