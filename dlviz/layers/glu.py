"""GLU: one half of the numbers gates the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.along import check_dim
from dlviz.layers.layer import Group, Layer, Shape, described


class GLU(Layer):
    """Splits the numbers in two halves and lets the second half, as a sigmoid, open or close the first like a gate.

    After a Linear or convolution with twice as many outputs as you need, in networks for text and sound.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "[a; b] = x, y = a · σ(b)"
    paper: ClassVar[str] = "Dauphin et al., Language modeling with gated convolutional networks (2017)"
    module: ClassVar[type[nn.Module]] = nn.GLU

    dim: int = setting(
        -1,
        "Which dimension is halved: -1 the last, 1 the first (an image's channels). Its size must be even.",
        ge=-8,
        le=8,
    )

    def check(self, *shapes: Shape) -> None:
        (shape,) = shapes
        size = shape[check_dim(self.dim, shape)]
        if size % 2:
            raise WrongInput(
                f"GLU halves dimension {self.dim}, so its size must be even. Received: {size}, of {described(shape)}."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        for place, size in enumerate(shapes[0]):
            if size % 2 == 0:
                yield f"Set dim to {place + 1}", self.changed(dim=place + 1)
