"""What augmentations of sounds share."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from dlviz.core.values import Audio, Kind
from dlviz.datasets.data import Batch
from dlviz.optimization.augmentations.augmentation import Augmentation


class SoundAugmentation(Augmentation, abstract=True):
    """Changes every sound of a batch, each in its own way, and leaves targets as they are."""

    def why_not(self, inputs: Mapping[str, Kind], targets: Mapping[str, Kind]) -> str | None:
        if any(isinstance(kind, Audio) for kind in inputs.values()):
            return None
        return f"{self.kind()} changes sounds, and this data has none."

    def apply(
        self, batch: Batch, inputs: Mapping[str, Kind], targets: Mapping[str, Kind], random: torch.Generator
    ) -> Batch:
        changed = dict(batch)
        for name, kind in inputs.items():
            if isinstance(kind, Audio):
                changed[name] = self.change(batch[name], random)
        return changed

    def change(self, sounds: Tensor, random: torch.Generator) -> Tensor:
        """New sounds made of `sounds` (N, samples), which stay as they are."""
        raise NotImplementedError


def spans(size: int, share: float, count: int, like: Tensor, random: torch.Generator) -> Tensor:
    """(count, size): True in one stretch of each row, of up to `share` of it by chance, somewhere by chance."""
    chance = torch.rand(2, count, generator=random, device=random.device).to(like.device)
    length = (chance[0] * share * size).floor()
    start = (chance[1] * (size - length + 1)).floor()
    place = torch.arange(size, device=like.device)[None]
    return (place >= start[:, None]) & (place < (start + length)[:, None])
