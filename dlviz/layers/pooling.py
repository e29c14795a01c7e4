"""Pooling: what the layers that shrink by a sliding window have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Mixing, Shape, spread
from dlviz.layers.window import check_window, shrunk, times


class Pooling(Layer, abstract=True):
    """A window that slides over each channel and keeps one number; subclasses add the window's settings."""

    group: ClassVar[Group] = "pooling"

    ceil_mode: bool = setting(
        False, "Whether a window that hangs over the end still counts: the size is then rounded up.", advanced=True
    )

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        kernel = spread(self.arguments(shape)["kernel_size"], len(shape) - 1)
        return "adds" if axis and kernel[axis - 1] > 1 else "no"

    def check(self, *shapes: Shape) -> None:
        (shape,) = shapes
        own: dict[str, Any] = self.arguments(*shapes)
        number = len(shape) - 1
        padding = own.get("padding", 0)
        sides, rims = spread(own["kernel_size"], number), spread(padding, number)
        if any(2 * rim > side for side, rim in zip(sides, rims, strict=True)):
            raise WrongInput(
                f"The padding of a pooling must be at most half its window ({times(own['kernel_size'])}). "
                f"Received: {times(padding)}."
            )
        check_window(self.kind(), shape, own["kernel_size"], padding, own.get("dilation", 1))

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        (shape,) = shapes
        own: dict[str, Any] = self.arguments(*shapes)
        bare = {"padding": 0} if "padding" in own else {}
        if any(spread(own.get("padding", 0), 2)):
            yield "Set padding to 0", self.changed(**bare)
        smaller = shrunk(own["kernel_size"], shape[1:])
        if smaller != own["kernel_size"]:
            yield f"Set kernel_size to {times(smaller)}", self.changed(kernel_size=smaller, **bare)
        if own.get("dilation", 1) != 1:
            yield "Set dilation to 1", self.changed(dilation=1)
