"""Bilinear: a weighted sum of all products of two inputs."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Count, Group, Layer, Mixing, Shape, WeightedLayer, described


class Bilinear(WeightedLayer):
    """Every output is a weighted sum of all products of a number of the first input with one of the second, plus a
    bias.

    Where two things act on each other, such as a question and a text, or a person and a film. It has many weights:
    in₁ · in₂ · out.
    """

    group: ClassVar[Group] = "merge"
    formula: ClassVar[str] = "y[o] = x₁ᵀ W[o] x₂ + b[o]"
    paper: ClassVar[str] = "Tenenbaum & Freeman, Separating style and content with bilinear models (2000)"
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)
    dimensions: ClassVar[tuple[int, ...]] = (1, 2)
    module: ClassVar[type[nn.Module]] = nn.Bilinear

    out_features: Count | Literal["auto"] = setting(16, "How many neurons it has. `auto`: what the task needs.")
    bias: bool = setting(True, "Whether each neuron adds a learned constant.", advanced=True)

    def sized(self, output: Shape) -> Layer:
        size = output[-1] if output else 1
        return self.model_copy(update={"out_features": size}) if self.out_features == "auto" else self

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        one, other = shapes
        return {"in1_features": one[-1], "in2_features": other[-1], **super().arguments(*shapes)}

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        return "adds" if axis == len(shape) - 1 else "no"

    def check(self, *shapes: Shape) -> None:
        one, other = shapes
        if one[:-1] != other[:-1]:
            raise WrongInput(
                f"Bilinear needs two rows, or two sequences of equally many steps. Received: {described(one)} and "
                f"{described(other)}."
            )
