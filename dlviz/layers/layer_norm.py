"""LayerNorm: centres and scales the features of each example by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Count, Group, Layer, Shape, described, shown


class LayerNorm(Layer):
    """Centres and scales the features of each example by themselves, so the batch does not matter.

    Usual in transformers, and where batches are small.
    """

    group: ClassVar[Group] = "normalisation"
    formula: ClassVar[str] = "y = (x − mean) / √(variance + eps) · scale + shift, over the last dimensions"
    paper: ClassVar[str] = "Ba et al., Layer normalization (2016)"
    module: ClassVar[type[nn.Module]] = nn.LayerNorm

    normalized_shape: Count | tuple[Count, ...] | None = setting(
        None, "The sizes of the last dimensions it works over. Nothing: all of a picture, else the last dimension."
    )
    eps: float = setting(1e-5, "A small number that keeps from dividing by 0.", gt=0, le=1, advanced=True, widget="log")
    elementwise_affine: bool = setting(True, "Whether it learns a scale and a shift for each number.", advanced=True)
    bias: bool = setting(True, "Whether it learns a shift.", advanced=True)

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        (shape,) = shapes
        own = self.normalized_shape
        if own is None:
            sizes = shape if len(shape) == 3 else shape[-1:]
        else:
            sizes = (own,) if isinstance(own, int) else own
        return {**super().arguments(*shapes), "normalized_shape": list(sizes)}

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
