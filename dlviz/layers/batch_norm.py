"""What batch normalisation of rows, sequences, pictures and volumes has in common."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Shape


class BatchNorm(Layer, abstract=True):
    """Centres and scales each channel over the batch."""

    group: ClassVar[Group] = "normalisation"

    eps: float = setting(1e-5, "A small number that keeps from dividing by 0.", gt=0, le=1, advanced=True, widget="log")
    momentum: float = setting(
        0.1, "How fast the remembered mean and spread follow the batches.", ge=0, le=1, advanced=True
    )
    affine: bool = setting(True, "Whether it learns a scale and a shift for each channel.", advanced=True)

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        return {"num_features": shapes[0][0], **super().arguments(*shapes)}
