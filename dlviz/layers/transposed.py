"""Transposed convolution: what ConvTranspose1d, 2d and 3d have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from dlviz.core.problems import WrongInput
from dlviz.layers.filters import Filters
from dlviz.layers.layer import Layer, Shape, described, spread
from dlviz.layers.window import times


class TransposedConvolution(Filters, abstract=True):
    """Filters that each number of the input paints into the result; subclasses add the window's settings."""

    def check(self, *shapes: Shape) -> None:
        (shape,) = shapes
        own = self.arguments(*shapes)
        number = len(shape) - 1
        self.check_groups(shape[0])
        kernel, step, rim, extra, gap = (
            spread(own[name], number) for name in ("kernel_size", "stride", "padding", "output_padding", "dilation")
        )
        if any(extra[place] >= max(step[place], gap[place]) for place in range(number)):
            raise WrongInput(
                f"`output_padding` must be smaller than the stride ({times(own['stride'])}) or the dilation "
                f"({times(own['dilation'])}). Received: {times(own['output_padding'])}."
            )
        sizes = [
            (shape[1 + place] - 1) * step[place] - 2 * rim[place] + gap[place] * (kernel[place] - 1) + extra[place] + 1
            for place in range(number)
        ]
        if min(sizes) < 1:
            raise WrongInput(
                f"The padding cuts away the whole result. Received: padding {times(own['padding'])} for "
                f"{described(shape)}."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        yield "Set groups to 1", self.changed(groups=1)
        yield "Set output_padding to 0", self.changed(output_padding=0)
        yield "Set padding to 0", self.changed(padding=0)

    @classmethod
    def clicked(cls) -> Self:
        """Exactly twice as large, where torch's defaults would grow the input by two."""
        return cls(kernel_size=4, stride=2, padding=1)  # type: ignore[call-arg]  # each subclass has its own window
