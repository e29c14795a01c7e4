"""What instance normalisation of sequences, pictures and volumes has in common."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Mixing, Shape, described


class InstanceNorm(Layer, abstract=True):
    """Centres and scales each channel of each example by itself."""

    group: ClassVar[Group] = "normalisation"
    formula: ClassVar[str] = "y = (x − mean) / √(variance + eps), over the places of one channel of one example"
    paper: ClassVar[str] = "Ulyanov et al., Instance normalization: the missing ingredient for fast stylization (2016)"

    eps: float = setting(1e-5, "A small number that keeps from dividing by 0.", gt=0, le=1, advanced=True, widget="log")
    affine: bool = setting(False, "Whether it learns a scale and a shift for each channel.", advanced=True)

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        return {"num_features": shapes[0][0], **super().arguments(*shapes)}

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        return "counts" if axis else "no"

    def check(self, *shapes: Shape) -> None:
        if math.prod(shapes[0][1:]) < 2:
            raise WrongInput(
                f"{self.kind()} needs more than one number a channel: of a single one nothing is left once its mean is "
                f"taken away. Received: {described(shapes[0])}."
            )
