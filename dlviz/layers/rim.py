"""Padding: what the layers that add a rim have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from dlviz.core.problems import WrongInput
from dlviz.layers.layer import Group, Layer, Rim, Shape, described, spread

#: (left, right), (left, right, top, bottom), (left, right, top, bottom, front, back), or one rim for all sides.
Edges1 = Rim | tuple[Rim, Rim]
Edges2 = Rim | tuple[Rim, Rim, Rim, Rim]
Edges3 = Rim | tuple[Rim, Rim, Rim, Rim, Rim, Rim]


class Padding(Layer, abstract=True):
    """Adds a rim to the input; subclasses say what fills it."""

    group: ClassVar[Group] = "shape"
    #: By how much a rim must stay below the input's own size, where it copies the input; None: it may be of any size.
    below: ClassVar[int | None] = None

    def check(self, *shapes: Shape) -> None:
        (shape,) = shapes
        rims = spread(self._rim(), 2 * (len(shape) - 1))
        if self.below is None:
            return
        for place, rim in enumerate(rims):  # torch names the last dimension's two sides first
            if rim > shape[-1 - place // 2] - self.below:
                raise WrongInput(
                    f"The rim of {self.kind()} copies the input, so it must be "
                    f"{'smaller than' if self.below else 'no larger than'} that. Received: a rim of {rim} for "
                    f"{described(shape)}."
                )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        most = min(shapes[0][1:]) - (self.below or 0)
        yield f"Set padding to {most}", self.changed(padding=most)

    def _rim(self) -> Any:
        return self.padding  # type: ignore[attr-defined]  # each subclass has its own
