"""ConvTranspose2d: learned filters that make a picture larger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Self

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Count, Group, Layer, Rims, Shape, Sides, WeightedLayer, described, spread
from dlviz.layers.window import times


class ConvTranspose2d(WeightedLayer):
    """Makes a picture larger with learned filters: each pixel paints its filter into the result.

    Where pictures are made: decoders, generators, the way up of a U-Net. Size: (in - 1) · stride - 2 · padding +
    dilation · (kernel_size - 1) + output_padding + 1.
    """

    group: ClassVar[Group] = "convolution"
    formula: ClassVar[str] = "y[o] = b[o] + Σᵢ x[i] placed every stride pixels, each painting w[i,o]"
    paper: ClassVar[str] = "Zeiler et al., Deconvolutional networks (2010)"
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.ConvTranspose2d

    out_channels: Count | Literal["auto"] = setting(
        16, "How many filters it learns; each gives one channel. `auto`: what the task needs."
    )
    kernel_size: Sides = setting(
        3, "The side of the filter in pixels, or (height, width). A multiple of the stride leaves no checkerboard."
    )
    stride: Sides = setting(1, "How many times larger the picture becomes, about.")
    padding: Rims = setting(0, "How many pixels are cut off on each side of the result.")
    output_padding: Rims = setting(0, "Extra pixels on one side of the result, to hit a size.", advanced=True)
    groups: int = setting(
        1, "Splits the channels into groups that do not see each other.", ge=1, le=65536, advanced=True
    )
    bias: bool = setting(True, "Whether each filter adds a learned constant.", advanced=True)
    dilation: Sides = setting(1, "The distance between the filter's points.", advanced=True)

    def sized(self, size: int) -> Layer:
        return self.model_copy(update={"out_channels": size}) if self.out_channels == "auto" else self

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        return {"in_channels": shapes[0][0], **super().arguments(*shapes)}

    def check(self, *shapes: Shape) -> None:
        (shape,) = shapes
        if shape[0] % self.groups or (isinstance(self.out_channels, int) and self.out_channels % self.groups):
            raise WrongInput(
                f"`groups` must divide the channels that come in ({shape[0]}) and go out ({self.out_channels}). "
                f"Received: {self.groups}."
            )
        extra, steps, gaps = spread(self.output_padding, 2), spread(self.stride, 2), spread(self.dilation, 2)
        if any(more >= max(step, gap) for more, step, gap in zip(extra, steps, gaps, strict=True)):
            raise WrongInput(
                f"`output_padding` must be smaller than the stride ({times(self.stride)}) or the dilation "
                f"({times(self.dilation)}). Received: {times(self.output_padding)}."
            )
        if any(size < 1 for size in self._size(shape)):
            raise WrongInput(
                f"The padding cuts away the whole result. Received: padding {times(self.padding)} for "
                f"{described(shape)}."
            )

    def _size(self, shape: Shape) -> tuple[int, ...]:
        own = [spread(value, 2) for value in (self.kernel_size, self.stride, self.padding, self.output_padding)]
        gaps = spread(self.dilation, 2)
        return tuple(
            (size - 1) * step - 2 * rim + gap * (side - 1) + extra + 1
            for size, side, step, rim, extra, gap in zip(shape[1:], *own, gaps, strict=True)
        )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        yield "Set groups to 1", self.changed(groups=1)
        yield "Set output_padding to 0", self.changed(output_padding=0)
        yield "Set padding to 0", self.changed(padding=0)

    @classmethod
    def clicked(cls) -> Self:
        """Exactly twice as large, where torch's defaults would grow the picture by two pixels."""
        return cls(kernel_size=4, stride=2, padding=1)
