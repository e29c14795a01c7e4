"""RandomZoom: pictures seen from nearer or farther."""

from __future__ import annotations

import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.optimization.augmentations.pictures import PictureAugmentation, uniform, warped


class RandomZoom(PictureAugmentation):
    """Shows each picture larger or smaller, about its centre; the edge is repeated outwards."""

    share: float = setting(
        0.1, "How much larger or smaller at most: 0.1 is from 1/1.1 to 1.1 times. More: size matters less.", ge=0, le=3
    )

    def change(self, pictures: Tensor, random: torch.Generator) -> Tensor:
        most = 1 + self.share
        # even in the exponent, so that larger and smaller are equally likely
        exponent = uniform(-1, 1, len(pictures), pictures, random)
        return zoomed(pictures, torch.full_like(exponent, most) ** exponent)


def zoomed(pictures: Tensor, times: Tensor) -> Tensor:
    """Each picture enlarged by its own factor (N,)."""
    none = torch.zeros_like(times)
    return warped(pictures, torch.stack([1 / times, none], 1), torch.stack([none, 1 / times], 1))
