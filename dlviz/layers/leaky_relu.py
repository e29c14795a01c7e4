"""LeakyReLU: negative numbers become small."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.core.setting import setting
from dlviz.layers import examples
from dlviz.layers.layer import Group, Layer


class LeakyReLU(Layer):
    """Lets positive numbers through and shrinks negative ones, instead of turning them into 0.

    Where neurons with ReLU die, and in discriminators: no neuron can die for good, since some gradient always flows.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x for x > 0, else negative_slope · x"
    paper: ClassVar[str] = "Maas et al., Rectifier nonlinearities improve neural network acoustic models (2013)"
    module: ClassVar[type[nn.Module]] = nn.LeakyReLU

    negative_slope: float = setting(
        0.01, "What negative numbers are multiplied by. 0 is ReLU; 1 would be no bend at all.", ge=0, le=1
    )

    @classmethod
    def sketch_example(cls) -> tuple[Layer, tuple[Tensor, ...]]:
        return cls(negative_slope=0.1), (examples.span(),)
