"""ReLU6: a ReLU that ends at 6."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.layers import examples
from dlviz.layers.layer import Group, Layer


class ReLU6(Layer):
    """Turns negative numbers into 0 and lets none grow beyond 6.

    In networks for phones: numbers that stay small can be stored in few bits.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = min(max(0, x), 6)"
    paper: ClassVar[str] = "Krizhevsky, Convolutional deep belief networks on CIFAR-10 (2010)"
    module: ClassVar[type[nn.Module]] = nn.ReLU6

    @classmethod
    def sketch_example(cls) -> tuple[Layer, tuple[Tensor, ...]]:
        return cls(), (examples.span(8),)
