"""TimeShift: sounds that begin earlier or later."""

from __future__ import annotations

import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.optimization.augmentations.sounds import SoundAugmentation


class TimeShift(SoundAugmentation):
    """Moves each sound in time, up to a share of its length; silence comes into the gap, the other end is cut off."""

    share: float = setting(
        0.1, "How far at most, as a share of the length. More: it matters less when something is heard.", ge=0, le=1
    )

    def change(self, sounds: Tensor, random: torch.Generator) -> Tensor:
        count, samples = sounds.shape
        most = round(self.share * samples)
        chance = torch.rand(count, generator=random, device=random.device).to(sounds.device)
        by = ((2 * most + 1) * chance).floor().clamp(max=2 * most).long() - most
        source = torch.arange(samples, device=sounds.device)[None] - by[:, None]
        moved = sounds.gather(1, source.clamp(0, samples - 1))
        return torch.where((source >= 0) & (source < samples), moved, torch.zeros_like(moved))
