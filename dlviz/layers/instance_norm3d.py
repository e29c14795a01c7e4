"""InstanceNorm3d: centres and scales each channel of each volume by itself."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.instance_norm import InstanceNorm


class InstanceNorm3d(InstanceNorm):
    """Centres and scales each channel of each volume by itself, so neither the batch nor other channels matter.

    For scans whose brightness and contrast differ from device to device, and where batches are small.
    """

    dimensions: ClassVar[tuple[int, ...]] = (4,)
    module: ClassVar[type[nn.Module]] = nn.InstanceNorm3d
