"""RReLU: a leaky ReLU whose slope is drawn by chance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Shape


class RReLU(Layer):
    """Lets positive numbers through and multiplies each negative one by a slope drawn by chance; after training by
    the middle slope.

    Against overfitting on small data sets: the chance keeps the network from learning single examples by heart.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x for x > 0, else a · x, with a drawn from lower to upper"
    paper: ClassVar[str] = "Xu et al., Empirical evaluation of rectified activations in convolutional network (2015)"
    module: ClassVar[type[nn.Module]] = nn.RReLU

    lower: float = setting(1 / 8, "The smallest slope that may be drawn.", ge=0, le=1)
    upper: float = setting(1 / 3, "The largest slope that may be drawn.", ge=0, le=1)

    def check(self, *shapes: Shape) -> None:
        if self.lower > self.upper:
            raise WrongInput(f"`lower` must not be above `upper`. Received: {self.lower:g} and {self.upper:g}.")

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        yield f"Set lower to {self.upper:g}", self.changed(lower=self.upper)
