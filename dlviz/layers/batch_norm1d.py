"""BatchNorm1d: centres and scales each feature over the batch."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Shape


class BatchNorm1d(Layer):
    """Centres and scales each feature (or channel of a sequence) over the batch.

    While training it uses the mean and spread of the batch, afterwards those it remembers: y = (x - mean) / √(variance
    + eps) · scale + shift. Training becomes faster and steadier; it needs batches of more than a few examples. Paper:
    Ioffe & Szegedy, Batch normalization (2015).
    """

    group: ClassVar[Group] = "normalisation"
    dimensions: ClassVar[tuple[int, ...]] = (1, 2)
    module: ClassVar[type[nn.Module]] = nn.BatchNorm1d
    least_batch: ClassVar[int] = 2  # one example is its own mean: nothing is left of it

    eps: float = setting(1e-5, "A small number that keeps from dividing by 0.", gt=0, le=1, advanced=True, widget="log")
    momentum: float = setting(
        0.1, "How fast the remembered mean and spread follow the batches.", ge=0, le=1, advanced=True
    )
    affine: bool = setting(True, "Whether it learns a scale and a shift for each channel.", advanced=True)

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        return {"num_features": shapes[0][0], **super().arguments(*shapes)}
