"""RandomRotation: pictures turned a little."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.optimization.augmentations.pictures import PictureAugmentation, uniform, warped


class RandomRotation(PictureAugmentation):
    """Turns each picture about its centre by its own angle; the edge is repeated into the corners."""

    degrees: float = setting(
        10.0, "The largest angle, either way. More: direction matters less (a 6 becomes a 9).", ge=0, le=180, unit="°"
    )

    def change(self, pictures: Tensor, random: torch.Generator) -> Tensor:
        return rotated(pictures, uniform(-self.degrees, self.degrees, len(pictures), pictures, random))


def rotated(pictures: Tensor, degrees: Tensor) -> Tensor:
    """Each picture turned anticlockwise by its own angle (N,)."""
    angle = degrees * (math.pi / 180)
    cos, sin = angle.cos(), angle.sin()
    return warped(pictures, torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1))
