"""Convolution: what Conv1d, Conv2d and Conv3d have in common."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any, Literal, Self

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.filters import Filters
from dlviz.layers.layer import Layer, Shape, spread
from dlviz.layers.window import check_window, shrunk, times

# torch says once that `same` with an even window copies the input; nothing a student could or should act on
warnings.filterwarnings("ignore", message="Using padding='same' with even kernel lengths")


class Convolution(Filters, abstract=True):
    """Filters that slide over the input; subclasses add the window's settings."""

    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = setting(
        "zeros", "What fills the rim: zeros, a mirror image, the edge repeated, or the opposite side.", advanced=True
    )

    def check(self, *shapes: Shape) -> None:
        (shape,) = shapes
        own = self.arguments(*shapes)
        if own["padding"] == "same" and any(step != 1 for step in spread(own["stride"], len(shape) - 1)):
            raise WrongInput(
                f"`same` padding keeps the size, so it needs stride 1. Received: stride {times(own['stride'])}."
            )
        self.check_groups(shape[0])
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
