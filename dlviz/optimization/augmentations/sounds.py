"""What augmentations of sounds share."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dlviz.core.values import Audio, Kind
from dlviz.optimization.augmentations.augmentation import OneKind


class SoundAugmentation(OneKind, abstract=True):
    """Changes every sound of a batch, each in its own way, and leaves targets as they are."""

    changes: ClassVar[type[Kind]] = Audio
    called: ClassVar[str] = "sounds"

    def change(self, sounds: Tensor, random: torch.Generator) -> Tensor:
        """New sounds made of `sounds` (N, samples), which stay as they are."""
        raise NotImplementedError


def ended(changed: Tensor, sounds: Tensor) -> Tensor:
    """`changed` with silence wherever `sounds` (N, samples) have ended: what they were filled up with is not heard, and
    a task that asks where a sound ends is told the same."""
    heard = (sounds != 0).flip(1).cummax(1).values.flip(1)
    return changed.masked_fill(~heard, 0)


def spans(size: int, share: float, count: int, like: Tensor, random: torch.Generator) -> Tensor:
    """(count, size): True in one stretch of each row, of up to `share` of it by chance, somewhere by chance."""
    chance = torch.rand(2, count, generator=random, device=random.device).to(like.device)
    length = (chance[0] * share * size).floor()
    start = (chance[1] * (size - length + 1)).floor()
    place = torch.arange(size, device=like.device)[None]
    return (place >= start[:, None]) & (place < (start + length)[:, None])
