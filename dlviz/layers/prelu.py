"""PReLU: a leaky ReLU that learns its own slope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Shape, described


class PReLU(Layer):
    """Lets positive numbers through and multiplies negative ones by a slope that is learned.

    Where the best slope of a LeakyReLU is not known and there is data enough to learn it.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x for x > 0, else a · x, with a learned"
    paper: ClassVar[str] = "He et al., Delving deep into rectifiers (2015)"
    module: ClassVar[type[nn.Module]] = nn.PReLU

    num_parameters: int = setting(
        1, "How many slopes it learns: 1 for all, or one for each channel.", ge=1, le=65536, advanced=True
    )
    init: float = setting(0.25, "The slope it starts with.", ge=0, le=1)

    def check(self, *shapes: Shape) -> None:
        channels = shapes[0][0] if shapes[0] else 1
        if self.num_parameters not in (1, channels):
            raise WrongInput(
                f"`num_parameters` must be 1 or the number of channels. Received: {self.num_parameters} for "
                f"{described(shapes[0])}."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        channels = shapes[0][0] if shapes[0] else 1
        for number in dict.fromkeys((channels, 1)):
            yield f"Set num_parameters to {number}", self.changed(num_parameters=number)
