"""What augmentations of pictures share."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.core.values import Image, Kind
from dlviz.optimization.augmentations.augmentation import OneKind


class PictureAugmentation(OneKind, abstract=True):
    """Changes every picture of a batch, each in its own way, and leaves targets as they are."""

    changes: ClassVar[type[Kind]] = Image
    called: ClassVar[str] = "pictures"

    def change(self, pictures: Tensor, random: torch.Generator) -> Tensor:
        """New pictures made of `pictures` (N, channels, height, width), which stay as they are."""
        raise NotImplementedError


def uniform(low: float, high: float, count: int, like: Tensor, random: torch.Generator) -> Tensor:
    """`count` numbers between `low` and `high` by `random`, where `like` is."""
    numbers = torch.rand(count, generator=random, device=random.device)
    return (low + (high - low) * numbers).to(like.device)


def warped(pictures: Tensor, across: Tensor, up: Tensor) -> Tensor:
    """Each picture seen through its own 2×2 matrix about its centre: output pixel (x, y) shows input pixel
    (across[n] · (x, y), up[n] · (x, y)), in pixels, with the edge repeated outwards.

    `across` and `up`: (N, 2). Bilinear in between.
    """
    height, width = pictures.shape[-2:]
    # affine_grid counts from -1 to 1 along each side, so a picture that is not square needs its form put in
    form = height / width
    turn = pictures.new_zeros(len(pictures), 2, 3)
    turn[:, 0, 0], turn[:, 0, 1] = across[:, 0], across[:, 1] * form
    turn[:, 1, 0], turn[:, 1, 1] = up[:, 0] / form, up[:, 1]
    grid = F.affine_grid(turn, list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="border", align_corners=False)
