"""Linear: the fully connected layer."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Count, Group, Layer, Mixing, Shape, WeightedLayer


class Linear(WeightedLayer):
    """Every output is a weighted sum of all inputs plus a bias.

    Ends most networks and makes up the whole of simple ones. It acts on the last dimension: on a row of features, or
    on each step of a sequence alone. An image must be flattened first.
    """

    group: ClassVar[Group] = "linear"
    formula: ClassVar[str] = "y = x Wᵀ + b"
    paper: ClassVar[str] = "Rosenblatt, The perceptron (1958)"
    dimensions: ClassVar[tuple[int, ...]] = (1, 2)
    module: ClassVar[type[nn.Module]] = nn.Linear

    out_features: Count | Literal["auto"] = setting(
        64, "How many neurons it has. More can express more and overfit sooner. `auto`: what the task needs."
    )
    bias: bool = setting(True, "Whether each neuron adds a learned constant.", advanced=True)

    def sized(self, output: Shape) -> Layer:
        size = output[-1] if output else 1
        return self.model_copy(update={"out_features": size}) if self.out_features == "auto" else self

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        return "adds" if axis == len(shape) - 1 else "no"

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        return {"in_features": shapes[0][-1], **super().arguments(*shapes)}
