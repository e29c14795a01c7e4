"""RandomShift: pictures moved by a few pixels."""

from __future__ import annotations

import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.optimization.augmentations.pictures import PictureAugmentation, uniform


class RandomShift(PictureAugmentation):
    """Moves each picture by whole pixels, up to a share of its size; the edge is repeated into the gap."""

    share: float = setting(
        0.1, "How far at most, as a share of the picture's side. More: positions matter less.", ge=0, le=1
    )

    def change(self, pictures: Tensor, random: torch.Generator) -> Tensor:
        count, _, height, width = pictures.shape
        rows = self._sources(count, height, pictures, random)  # (N, height)
        columns = self._sources(count, width, pictures, random)  # (N, width)
        # with channels last all of them come along with each pixel
        index = torch.arange(count, device=pictures.device)[:, None, None]
        moved = pictures.movedim(1, -1)[index, rows[:, :, None], columns[:, None, :]]  # (N, height, width, channels)
        return moved.movedim(-1, 1).contiguous()

    def _sources(self, count: int, size: int, like: Tensor, random: torch.Generator) -> Tensor:
        """Which old row (or column) each new one shows."""
        most = round(self.share * size)
        by = uniform(-most - 0.5, most + 0.5, count, like, random).round().clamp(-most, most).long()
        return (torch.arange(size, device=like.device)[None] - by[:, None]).clamp(0, size - 1)
