"""BatchNorm1d: centres and scales each feature over the batch."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.batch_norm import BatchNorm


class BatchNorm1d(BatchNorm):
    """Centres and scales each feature (or channel of a sequence) over the batch: while training with the mean and
    spread of the batch, afterwards with those it remembers.

    Between a Linear or Conv1d and its activation: training becomes faster and steadier. It needs batches of more than
    a few examples; LayerNorm does not.
    """

    formula: ClassVar[str] = "y = (x − mean) / √(variance + eps) · scale + shift"
    paper: ClassVar[str] = "Ioffe & Szegedy, Batch normalization: accelerating deep network training (2015)"
    dimensions: ClassVar[tuple[int, ...]] = (1, 2)
    module: ClassVar[type[nn.Module]] = nn.BatchNorm1d
    least_batch: ClassVar[int] = 2  # one example is its own mean: nothing is left of it
