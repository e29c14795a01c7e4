"""What the merges that meet number by number have in common."""

from __future__ import annotations

from typing import ClassVar

from dlviz.core.problems import WrongInput
from dlviz.layers.layer import Group, Layer, Shape, shown


class NumberByNumber(Layer, abstract=True):
    """Merges inputs of one shape, number by number."""

    group: ClassVar[Group] = "merge"
    inputs: ClassVar[tuple[int, int | None]] = (2, None)

    def check(self, *shapes: Shape) -> None:
        if len(set(shapes)) > 1:
            came = ", ".join(shown(shape) for shape in shapes)
            raise WrongInput(
                f"{self.kind()} needs inputs of one shape, since it works number by number. Received: {came}."
            )
