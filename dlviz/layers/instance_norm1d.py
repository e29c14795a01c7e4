"""InstanceNorm1d: centres and scales each channel of each sequence by itself."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.instance_norm import InstanceNorm


class InstanceNorm1d(InstanceNorm):
    """Centres and scales each channel of each sequence by itself, so neither the batch nor other channels matter.

    For series whose level and loudness should not matter.
    """

    dimensions: ClassVar[tuple[int, ...]] = (2,)
    module: ClassVar[type[nn.Module]] = nn.InstanceNorm1d
