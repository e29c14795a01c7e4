"""What the layers that normalise over the last dimensions have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Count, Group, Layer, Mixing, Shape, described, shown


class OverLastSizes(Layer, abstract=True):
    """Scales the numbers of each example by themselves, over the last dimensions."""

    group: ClassVar[Group] = "normalisation"

    normalized_shape: Count | tuple[Count, ...] | None = setting(
        None,
        "The sizes of the last dimensions it works over. Nothing: all of a picture or volume, else the last dimension.",
    )
    elementwise_affine: bool = setting(True, "Whether it learns a scale for each number.", advanced=True)

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        (shape,) = shapes
        own = self.normalized_shape
        if own is None:
            sizes = shape if len(shape) >= 3 else shape[-1:]
        else:
            sizes = (own,) if isinstance(own, int) else own
        return {**super().arguments(*shapes), "normalized_shape": list(sizes)}

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        return "counts" if axis >= len(shape) - len(self.arguments(shape)["normalized_shape"]) else "no"

    def check(self, *shapes: Shape) -> None:
        (shape,) = shapes
        sizes = tuple(self.arguments(*shapes)["normalized_shape"])
        if not sizes or shape[-len(sizes) :] != sizes:
            raise WrongInput(
                f"`normalized_shape` must be the last sizes of the input. Received: {shown(sizes)} for "
                f"{described(shape)}."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        yield "Let it take the input's own size", self.changed(normalized_shape=None)
