"""Upsample: makes a picture, sequence or volume larger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Shape, Side

#: The modes for as many sides.
_MODES = {1: ("nearest", "linear"), 2: ("nearest", "bilinear", "bicubic"), 3: ("nearest", "trilinear")}


class Upsample(Layer):
    """Makes a picture, sequence or volume larger by repeating or blending its pixels. It learns nothing.

    Followed by a convolution it is the smoother way to grow a picture, without the checkerboard that ConvTranspose2d
    can leave.
    """

    group: ClassVar[Group] = "shape"
    formula: ClassVar[str] = "nearest: y[i,j] = x[⌊i/s⌋, ⌊j/s⌋]; the other modes blend the pixels around"
    paper: ClassVar[str] = "Odena et al., Deconvolution and checkerboard artifacts (2016)"
    dimensions: ClassVar[tuple[int, ...]] = (2, 3, 4)
    module: ClassVar[type[nn.Module]] = nn.Upsample

    scale_factor: float | None = setting(2, "How many times larger it becomes.", gt=0, le=64)
    size: Side | tuple[Side, ...] | None = setting(
        None, "The size that must come out, or (height, width). When given, scale_factor is not used.", advanced=True
    )
    mode: Literal["nearest", "linear", "bilinear", "bicubic", "trilinear"] = setting(
        "nearest",
        "`nearest` repeats pixels; the others blend them: `linear` for sequences, `bilinear` and `bicubic` for "
        "pictures, `trilinear` for volumes.",
    )

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        size = {"size": self.size} if self.size is not None else {"scale_factor": self.scale_factor}
        return {**size, "mode": self.mode}

    def check(self, *shapes: Shape) -> None:
        (shape,) = shapes
        sides = len(shape) - 1
        if self.mode not in _MODES[sides]:
            form = {1: "a sequence", 2: "an image", 3: "a volume"}[sides]
            raise WrongInput(f"`mode` must be {' or '.join(_MODES[sides])} for {form}. Received: {self.mode}.")
        if self.size is None and self.scale_factor is None:
            raise WrongInput("Upsample needs a `scale_factor` or a `size`. Received: neither.")
        if isinstance(self.size, tuple) and len(self.size) != sides:
            many = {1: "A sequence has one length, so `size` must be one number", 2: "An image has two sides"}
            raise WrongInput(f"{many.get(sides, 'A volume has three sides')}. Received: {self.size}.")
        if self.size is None and any(int(side * (self.scale_factor or 0)) < 1 for side in shape[1:]):
            raise WrongInput(f"Nothing would be left of the input. Received: scale_factor {self.scale_factor}.")

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        sides = len(shapes[0]) - 1
        if isinstance(self.size, tuple) and len(self.size) != sides:
            yield f"Set size to {self.size[-1]}", self.changed(size=self.size[-1])
        if self.mode != "nearest":
            yield f"Set mode to {_MODES[sides][1]}", self.changed(mode=_MODES[sides][1])
        yield "Set mode to nearest", self.changed(mode="nearest")
        yield "Set scale_factor to 2", self.changed(scale_factor=2.0, size=None)
