"""BatchNorm2d: centres and scales each channel of pictures over the batch."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.batch_norm import BatchNorm


class BatchNorm2d(BatchNorm):
    """Centres and scales each channel of the pictures over the batch.

    While training it uses the mean and spread of the batch, afterwards those it remembers: y = (x - mean) / √(variance
    + eps) · scale + shift. Training becomes faster and steadier; it needs batches of more than a few examples. Paper:
    Ioffe & Szegedy, Batch normalization (2015).
    """

    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.BatchNorm2d
