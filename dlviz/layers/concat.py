"""Concat: puts its inputs one behind the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Shape, shown


class Joined(nn.Module):
    """[x₁; x₂; …] along dimension `dim`."""

    def __init__(self, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, *inputs: Tensor) -> Tensor:
        return torch.cat(inputs, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Concat(Layer):
    """Puts its inputs one behind the other along one dimension, the channels or features if you leave it so.

    To bring branches together without losing anything, unlike with Add: 16×8×8 and 32×8×8 become 48×8×8.
    """

    group: ClassVar[Group] = "merge"
    formula: ClassVar[str] = "y = [x₁; x₂; …]"
    paper: ClassVar[str] = (
        "Szegedy et al., Going deeper with convolutions (2015); Huang et al., Densely connected convolutional "
        "networks (2017)"
    )
    inputs: ClassVar[tuple[int, int | None]] = (2, None)
    module: ClassVar[type[nn.Module]] = Joined

    dim: int = setting(
        1, "Along which dimension: 1 is the channels of a picture or the features of a row.", ge=-8, le=8, advanced=True
    )

    def check(self, *shapes: Shape) -> None:
        came = ", ".join(shown(shape) for shape in shapes)
        number = len(shapes[0]) + 1
        if len({len(shape) for shape in shapes}) > 1:
            raise WrongInput(f"Concat needs inputs of one form (all images, or all rows). Received: {came}.")
        place = self.dim + number if self.dim < 0 else self.dim
        if not 1 <= place < number:
            raise WrongInput(
                f"`dim` must be one of the example's own dimensions, 1 to {number - 1} (0 is the batch). "
                f"Received: {self.dim} for {came}."
            )
        if len({shape[: place - 1] + shape[place:] for shape in shapes}) > 1:
            raise WrongInput(
                f"Concat along dimension {self.dim} needs inputs that are equal in all other sizes. Received: {came}."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        for dim in range(1, len(shapes[0]) + 1):
            yield f"Set dim to {dim}", self.changed(dim=dim)
