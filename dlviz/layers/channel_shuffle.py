"""ChannelShuffle: mixes the order of channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Mixing, Shape


class ChannelShuffle(Layer):
    """Changes the order of the channels, as cards are shuffled: one from each group in turn.

    Between convolutions with `groups`, which otherwise would never see each other's channels.
    """

    group: ClassVar[Group] = "shape"
    formula: ClassVar[str] = "y[j·groups + g] = x[g·C/groups + j]"
    paper: ClassVar[str] = (
        "Zhang et al., ShuffleNet: an extremely efficient convolutional neural network for mobile devices (2018)"
    )
    dimensions: ClassVar[tuple[int, ...]] = (2, 3, 4)
    module: ClassVar[type[nn.Module]] = nn.ChannelShuffle

    groups: int = setting(2, "Into how many groups the channels are split; it must divide them.", ge=1, le=65536)

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        return "no" if axis else "adds"

    def check(self, *shapes: Shape) -> None:
        channels = shapes[0][0]
        if channels % self.groups:
            raise WrongInput(
                f"`groups` must divide the number of channels. Received: {self.groups} for {channels} channels."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        channels = shapes[0][0]
        divisors = [number for number in range(1, min(channels, 512) + 1) if channels % number == 0]
        for number in sorted(divisors, key=lambda number: abs(number - self.groups))[:2]:
            yield f"Set groups to {number}", self.changed(groups=number)
