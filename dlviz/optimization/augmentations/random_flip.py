"""RandomFlip: pictures in the mirror."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.optimization.augmentations.pictures import PictureAugmentation, uniform


class RandomFlip(PictureAugmentation):
    """Shows some pictures in the mirror. Not for writing: a mirrored 3 is no 3."""

    direction: Literal["horizontal", "vertical"] = setting(
        "horizontal", "`horizontal`: left and right change places; `vertical`: top and bottom."
    )
    p: float = setting(0.5, "How likely each picture is flipped.", ge=0, le=1, label="probability")

    def change(self, pictures: Tensor, random: torch.Generator) -> Tensor:
        flip = uniform(0, 1, len(pictures), pictures, random) < self.p
        side = -1 if self.direction == "horizontal" else -2
        return torch.where(flip[:, None, None, None], pictures.flip(side), pictures)
