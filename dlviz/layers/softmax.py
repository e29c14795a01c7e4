"""Softmax: turns numbers into shares that add up to 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Shape, described


class Softmax(Layer):
    """Turns numbers into shares that are positive and add up to 1: the larger a number, the larger its share.

    To weigh things inside a network. A classifier needs none at its end: its loss (cross-entropy) already contains
    one, and a second slows learning down.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "yᵢ = e^xᵢ / Σⱼ e^xⱼ"
    paper: ClassVar[str] = "Bridle, Probabilistic interpretation of feedforward classification network outputs (1990)"
    module: ClassVar[type[nn.Module]] = nn.Softmax

    dim: int = setting(
        -1, "Along which dimension the shares add up to 1: -1 the last, 1 the first (an image's channels).", ge=-8, le=8
    )

    def check(self, *shapes: Shape) -> None:
        number = len(shapes[0]) + 1
        if not 1 <= (self.dim + number if self.dim < 0 else self.dim) < number:
            raise WrongInput(
                f"`dim` must be one of the example's own dimensions, 1 to {number - 1} or -1 to {1 - number} (0 is "
                f"the batch: examples must not mix). Received: {self.dim} for {described(shapes[0])}."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        yield "Set dim to -1", self.changed(dim=-1)
