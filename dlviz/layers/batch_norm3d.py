"""BatchNorm3d: centres and scales each channel of volumes over the batch."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.batch_norm import BatchNorm


class BatchNorm3d(BatchNorm):
    """Centres and scales each channel of the volumes over the batch: while training with the mean and spread of the
    batch, afterwards with those it remembers.

    Between a Conv3d and its activation: training becomes faster and steadier. Volumes leave room for small batches
    only; GroupNorm does not mind.
    """

    formula: ClassVar[str] = "y = (x − mean) / √(variance + eps) · scale + shift"
    paper: ClassVar[str] = "Ioffe & Szegedy, Batch normalization: accelerating deep network training (2015)"
    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.BatchNorm3d
