"""GaussianNoise: pictures with grain."""

from __future__ import annotations

import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.optimization.augmentations.pictures import PictureAugmentation


class GaussianNoise(PictureAugmentation):
    """Adds a random number to each pixel, like the grain of a dark photo; none gets darker or brighter than the
    darkest and brightest of the batch."""

    std: float = setting(
        0.1, "How strong it is, as a share of the contrast of the pictures (the spread of their pixels).", ge=0, le=10
    )

    def change(self, pictures: Tensor, random: torch.Generator) -> Tensor:
        noise = torch.randn(pictures.shape, generator=random, device=random.device).to(pictures)
        low, high = pictures.amin((0, 2, 3), keepdim=True), pictures.amax((0, 2, 3), keepdim=True)
        strength = self.std * pictures.std((0, 2, 3), correction=0, keepdim=True)
        return torch.clamp(pictures + noise * strength, low, high)
