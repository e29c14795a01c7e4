"""Linear: the fully connected layer."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import nn

from dlviz.core.part import setting
from dlviz.layers.layer import Group, Layer, Shape, WeightedLayer


class Linear(WeightedLayer):
    """Every output is a weighted sum of all inputs plus a bias: y = x Wᵀ + b.

    It acts on the last dimension of its input.
    """

    group: ClassVar[Group] = "linear"

    out_features: int | Literal["auto"] = setting(
        64, "How many neurons it has. More can express more and overfit sooner. `auto`: what the task needs.", ge=1,
        le=65536,
    )  # fmt: skip
    bias: bool = setting(True, "Whether each neuron adds a learned constant.", advanced=True)

    def sized(self, size: int) -> Layer:
        return self.model_copy(update={"out_features": size}) if self.out_features == "auto" else self

    def build(self, *shapes: Shape) -> nn.Module:
        assert self.out_features != "auto", "sized() comes before build()"
        return self.initialised(nn.Linear(shapes[0][-1], self.out_features, self.bias))
