"""BackgroundNoise: sounds with hiss behind them."""

from __future__ import annotations

import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.optimization.augmentations.sounds import SoundAugmentation, ended


class BackgroundNoise(SoundAugmentation):
    """Adds white noise to each sound, of a strength drawn anew each time, as a bad microphone would."""

    std: float = setting(
        0.05, "How strong it is at most, as a share of the sound's own strength (root mean square).", ge=0, le=10
    )

    def change(self, sounds: Tensor, random: torch.Generator) -> Tensor:
        chance = torch.rand(len(sounds), generator=random, device=random.device).to(sounds)
        noise = torch.randn(sounds.shape, generator=random, device=random.device).to(sounds)
        strength = self.std * chance[:, None] * sounds.square().mean(1, keepdim=True).sqrt()
        return ended((sounds + strength * noise).clamp(-1, 1), sounds)
