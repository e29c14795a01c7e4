"""Threshold: replaces what does not reach a threshold."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.core.setting import setting
from dlviz.layers import examples
from dlviz.layers.layer import Group, Layer


class Threshold(Layer):
    """Lets numbers above a threshold through and replaces all others by one value.

    Where a signal counts only from a certain strength on. With threshold 0 and value 0 it is ReLU.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = x for x > threshold, else value"
    paper: ClassVar[str] = "Konda et al., Zero-bias autoencoders and the benefits of co-adapting features (2015)"
    module: ClassVar[type[nn.Module]] = nn.Threshold

    threshold: float = setting(0.1, "What a number must be above to pass.", ge=-1e4, le=1e4)
    value: float = setting(0.0, "What the others become.", ge=-1e4, le=1e4)

    @classmethod
    def sketch_example(cls) -> tuple[Layer, tuple[Tensor, ...]]:
        return cls(threshold=1.0), (examples.span(),)
