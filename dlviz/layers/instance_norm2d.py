"""InstanceNorm2d: centres and scales each channel of each picture by itself."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.instance_norm import InstanceNorm


class InstanceNorm2d(InstanceNorm):
    """Centres and scales each channel of each picture by itself, so neither the batch nor other channels matter.

    For style transfer and other networks that make pictures: the contrast of each picture should not matter.
    """

    dimensions: ClassVar[tuple[int, ...]] = (3,)
    module: ClassVar[type[nn.Module]] = nn.InstanceNorm2d
