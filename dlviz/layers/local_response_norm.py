"""LocalResponseNorm: each channel is dampened by its neighbours."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.core.setting import setting
from dlviz.layers import examples
from dlviz.layers.layer import Group, Layer, Mixing, Shape


class LocalResponseNorm(Layer):
    """Dampens each number by the squares of its neighbours in the channels beside it: a loud channel makes those
    around it quieter.

    To build AlexNet as it was. Newer networks use batch normalisation, which does more for training.
    """

    group: ClassVar[Group] = "normalisation"
    formula: ClassVar[str] = "y[c] = x[c] / (k + alpha · mean of x² over size channels around c)^beta"
    paper: ClassVar[str] = "Krizhevsky et al., ImageNet classification with deep convolutional neural networks (2012)"
    dimensions: ClassVar[tuple[int, ...]] = (2, 3, 4)
    module: ClassVar[type[nn.Module]] = nn.LocalResponseNorm

    size: int = setting(5, "Over how many neighbouring channels the squares are averaged.", ge=1, le=1024)
    alpha: float = setting(1e-4, "How strongly neighbours dampen.", ge=0, le=100, widget="log")
    beta: float = setting(0.75, "The exponent. 0 would change nothing.", ge=0, le=10)
    k: float = setting(1.0, "What the sum starts from; it keeps from dividing by 0.", gt=0, le=100)

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        return "no" if axis else "adds"

    @classmethod
    def sketch_example(cls) -> tuple[Layer, tuple[Tensor, ...]]:
        return cls(size=3, alpha=1.0), (examples.batch(),)
