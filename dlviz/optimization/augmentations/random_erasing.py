"""RandomErasing: a rectangle of each picture is covered."""

from __future__ import annotations

import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.optimization.augmentations.pictures import PictureAugmentation, uniform


class RandomErasing(PictureAugmentation):
    """Covers a rectangle of some pictures with their mean colour, so that no single spot decides alone.

    Zhong et al. 2020.
    """

    p: float = setting(0.5, "How likely a rectangle of a picture is covered.", ge=0, le=1, label="probability")
    area: float = setting(0.2, "The largest share of the picture that is covered.", gt=0, le=1)

    def change(self, pictures: Tensor, random: torch.Generator) -> Tensor:
        count, _, height, width = pictures.shape
        chosen = uniform(0, 1, count, pictures, random) < self.p
        area = uniform(0, self.area, count, pictures, random)
        form = torch.exp(uniform(-0.7, 0.7, count, pictures, random))  # from 1:2 to 2:1, about
        rows = _span(height, (area * form).sqrt(), uniform(0, 1, count, pictures, random))  # (N, height)
        columns = _span(width, (area / form).sqrt(), uniform(0, 1, count, pictures, random))  # (N, width)
        covered = (chosen[:, None] & rows)[:, None, :, None] & columns[:, None, None, :]
        return torch.where(covered, pictures.mean((2, 3), keepdim=True), pictures)


def _span(size: int, share: Tensor, at: Tensor) -> Tensor:
    """Which of `size` rows are covered: at least one, `share` of them, beginning at the share `at` of what is left."""
    length = (share * size).round().clamp(1, size)
    start = (at * (size - length + 1)).floor().clamp(max=size - 1)
    place = torch.arange(size, device=share.device)[None]
    return (place >= start[:, None]) & (place < (start + length)[:, None])
