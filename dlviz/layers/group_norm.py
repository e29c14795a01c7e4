"""GroupNorm: centres and scales groups of channels of each example by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Mixing, Shape


class GroupNorm(Layer):
    """Centres and scales groups of channels of each example by themselves, so the batch does not matter.

    A stand-in for batch normalisation where batches are small.
    """

    group: ClassVar[Group] = "normalisation"
    formula: ClassVar[str] = (
        "y = (x − mean) / √(variance + eps) · scale + shift, over a group of channels and all places"
    )
    paper: ClassVar[str] = "Wu & He, Group normalization (2018)"
    dimensions: ClassVar[tuple[int, ...]] = (1, 2, 3, 4)
    module: ClassVar[type[nn.Module]] = nn.GroupNorm

    num_groups: int = setting(
        4, "Into how many groups the channels are split; it must divide them. 1: all together.", ge=1, le=65536
    )
    eps: float = setting(1e-5, "A small number that keeps from dividing by 0.", gt=0, le=1, advanced=True, widget="log")
    affine: bool = setting(True, "Whether it learns a scale and a shift for each channel.", advanced=True)

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        return {"num_channels": shapes[0][0], **super().arguments(*shapes)}

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        return "no" if axis == 0 and self.num_groups == shape[0] else "counts"

    def check(self, *shapes: Shape) -> None:
        channels = shapes[0][0]
        if channels % self.num_groups:
            raise WrongInput(
                f"`num_groups` must divide the number of channels. Received: {self.num_groups} for {channels} channels."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        channels = shapes[0][0]
        divisors = [number for number in range(1, min(channels, 512) + 1) if channels % number == 0]
        for number in sorted(divisors, key=lambda number: abs(number - self.num_groups))[:2]:
            yield f"Set num_groups to {number}", self.changed(num_groups=number)
