"""Convolution: what Conv1d, Conv2d and Conv3d have in common."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Self

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Count, Group, Layer, Mixing, Shape, WeightedLayer, spread
from dlviz.layers.window import check_window, shrunk, times

# torch says once that `same` with an even window copies the input; nothing a student could or should act on
warnings.filterwarnings("ignore", message="Using padding='same' with even kernel lengths")


class Convolution(WeightedLayer, abstract=True):
    """Filters that slide over the input; subclasses add the window's settings."""

    group: ClassVar[Group] = "convolution"

    out_channels: Count | Literal["auto"] = setting(
        16, "How many filters it learns; each gives one channel. More see more patterns and cost more. `auto`: what "
        "the task needs.",
    )  # fmt: skip
    groups: int = setting(
        1, "Splits the channels into groups that do not see each other. As many as input channels: depthwise.",
        ge=1, le=65536, advanced=True,
    )  # fmt: skip
    bias: bool = setting(
        True, "Whether each filter adds a learned constant. Not needed before a batch normalisation.", advanced=True
    )
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = setting(
        "zeros", "What fills the rim: zeros, a mirror image, the edge repeated, or the opposite side.", advanced=True
    )

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
        if own["padding"] == "same" and any(step != 1 for step in spread(own["stride"], len(shape) - 1)):
            raise WrongInput(
                f"`same` padding keeps the size, so it needs stride 1. Received: stride {times(own['stride'])}."
            )
        if shape[0] % self.groups or (isinstance(self.out_channels, int) and self.out_channels % self.groups):
            raise WrongInput(
                f"`groups` must divide the channels that come in ({shape[0]}) and go out ({self.out_channels}). "
                f"Received: {self.groups}."
            )
        check_window(self.kind(), shape, own["kernel_size"], own["padding"], own["dilation"])
        if self.padding_mode in ("reflect", "circular"):
            self._check_rim(shape, own)

    def _check_rim(self, shape: Shape, own: dict[str, Any]) -> None:
        """A mirror or a circle cannot be longer than what it copies."""
        number = len(shape) - 1
        kernel, gaps = spread(own["kernel_size"], number), spread(own["dilation"], number)
        if isinstance(own["padding"], str):
            rims = tuple(gap * (k - 1) // 2 + gap * (k - 1) % 2 for k, gap in zip(kernel, gaps, strict=True))
            rims = rims if own["padding"] == "same" else (0,) * number
        else:
            rims = spread(own["padding"], number)
        spare = 1 if self.padding_mode == "reflect" else 0
        if any(rim > size - spare for rim, size in zip(rims, shape[1:], strict=True)):
            raise WrongInput(
                f"A `{self.padding_mode}` rim must be {'smaller than' if spare else 'no larger than'} the input. "
                f"Received: a rim of {max(rims)} for {min(shape[1:])} numbers."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        (shape,) = shapes
        own = self.arguments(*shapes)
        number = len(shape) - 1
        if own["padding"] == "same" and own["stride"] != 1:
            sides = spread(own["kernel_size"], number)
            rims = tuple(side // 2 for side in sides)
            rim = rims[0] if len(set(rims)) == 1 else rims
            yield f"Set padding to {times(rim)}", self.changed(padding=rim)
            yield "Set stride to 1", self.changed(stride=1)
            return
        if isinstance(self.out_channels, int):
            groups = math.gcd(self.groups, shape[0], self.out_channels)
            if groups != self.groups:
                yield f"Set groups to {groups}", self.changed(groups=groups)
        if self.padding_mode != "zeros":
            yield "Fill the rim with zeros", self.changed(padding_mode="zeros")
        if own["stride"] == 1:
            yield "Keep the size (padding `same`)", self.changed(padding="same")
        smaller = shrunk(own["kernel_size"], shape[1:])
        if smaller != own["kernel_size"]:
            yield f"Set kernel_size to {times(smaller)}", self.changed(kernel_size=smaller)
        if own["dilation"] != 1:
            yield "Set dilation to 1", self.changed(dilation=1)

    @classmethod
    def clicked(cls) -> Self:
        """With `same` padding: a stack of clicks on small pictures then works, where torch's default of 0 would
        eat the picture up from its rim."""
        return cls(padding="same")  # type: ignore[call-arg]  # each subclass has its own `padding`
