"""BatchNorm2d: centres and scales each channel of pictures over the batch."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.batch_norm import BatchNorm


class BatchNorm2d(BatchNorm):
    """Centres and scales each channel of the pictures over the batch: while training with the mean and spread of the
    batch, afterwards with those it remembers.

    Between a Conv2d and its activation: training becomes faster and steadier. It needs batches of more than a few
    examples; GroupNorm does not.
    """

    formula: ClassVar[str] = "y = (x − mean) / √(variance + eps) · scale + shift"
    paper: ClassVar[str] = "Ioffe & Szegedy, Batch normalization: accelerating deep network training (2015)"
    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.BatchNorm2d
