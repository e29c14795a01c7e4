"""Filters: what convolutions and transposed convolutions have in common."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Count, Group, Layer, Mixing, Shape, WeightedLayer, spread


class Filters(WeightedLayer, abstract=True):
    """A layer of filters with a window; subclasses add the window's settings."""

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

    def sized(self, output: Shape) -> Layer:
        size = output[0] if output else 1
        return self.model_copy(update={"out_channels": size}) if self.out_channels == "auto" else self

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        return {"in_channels": shapes[0][0], **super().arguments(*shapes)}

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        kernel = spread(self.arguments(shape)["kernel_size"], len(shape) - 1)
        return "adds" if axis == 0 or kernel[axis - 1] > 1 else "no"

    def check_groups(self, channels: int) -> None:
        """Raise `WrongInput` where `groups` does not divide the channels that come in or go out."""
        if channels % self.groups or (isinstance(self.out_channels, int) and self.out_channels % self.groups):
            raise WrongInput(
                f"`groups` must divide the channels that come in ({channels}) and go out ({self.out_channels}). "
                f"Received: {self.groups}."
            )
