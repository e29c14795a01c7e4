"""PixelShuffle: channels become pixels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers import examples
from dlviz.layers.layer import Group, Layer, Shape


class PixelShuffle(Layer):
    """Makes a picture larger by laying channels out as pixels: 4 channels become a picture twice as wide and high.

    At the end of a network that sharpens or enlarges pictures, after a convolution; it leaves no checkerboard of its
    own.
    """

    group: ClassVar[Group] = "shape"
    formula: ClassVar[str] = "y[c, r·i+a, r·j+b] = x[c·r²+r·a+b, i, j]"
    paper: ClassVar[str] = (
        "Shi et al., Real-time single image and video super-resolution using an efficient sub-pixel convolutional "
        "neural network (2016)"
    )
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.PixelShuffle

    upscale_factor: int = setting(
        2, "How many times wider and higher it becomes; its square must divide the channels.", ge=1, le=64
    )

    def check(self, *shapes: Shape) -> None:
        channels = shapes[0][0]
        if channels % self.upscale_factor**2:
            raise WrongInput(
                f"The square of `upscale_factor` must divide the number of channels. Received: "
                f"{self.upscale_factor}² = {self.upscale_factor**2} for {channels} channels."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        for factor in range(8, 0, -1):
            if shapes[0][0] % factor**2 == 0:
                yield f"Set upscale_factor to {factor}", self.changed(upscale_factor=factor)

    @classmethod
    def sketch_example(cls) -> tuple[Layer, tuple[Tensor, ...]]:
        return cls(), (nn.functional.pixel_unshuffle(examples.picture(), 2),)
