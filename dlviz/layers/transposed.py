"""Transposed convolution: what ConvTranspose1d, 2d and 3d have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Self

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Count, Group, Layer, Mixing, Shape, WeightedLayer, described, spread
from dlviz.layers.window import times


class TransposedConvolution(WeightedLayer, abstract=True):
    """Filters that each number of the input paints into the result; subclasses add the window's settings."""

    group: ClassVar[Group] = "convolution"

    out_channels: Count | Literal["auto"] = setting(
        16, "How many filters it learns; each gives one channel. `auto`: what the task needs."
    )
    groups: int = setting(
        1, "Splits the channels into groups that do not see each other.", ge=1, le=65536, advanced=True
    )
    bias: bool = setting(True, "Whether each filter adds a learned constant.", advanced=True)

    def sized(self, size: int) -> Layer:
        return self.model_copy(update={"out_channels": size}) if self.out_channels == "auto" else self

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        return {"in_channels": shapes[0][0], **super().arguments(*shapes)}

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        kernel = spread(self.arguments(shape)["kernel_size"], len(shape) - 1)
        return "adds" if axis == 0 or kernel[axis - 1] > 1 else "no"

    def check(self, *shapes: Shape) -> None:
        (shape,) = shapes
        own = self.arguments(*shapes)
        number = len(shape) - 1
        if shape[0] % self.groups or (isinstance(self.out_channels, int) and self.out_channels % self.groups):
            raise WrongInput(
                f"`groups` must divide the channels that come in ({shape[0]}) and go out ({self.out_channels}). "
                f"Received: {self.groups}."
            )
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
