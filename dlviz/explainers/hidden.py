"""Hidden: what comes in place of the unknown parts of a text, a series, a sound."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dlviz.datasets.tokenizer import UNKNOWN_ID
from dlviz.explainers.features import Features

#: (M, features) of bool, True where a feature is known → inputs (M, B, *shape), B of them for each row.
Mixed = Callable[[Tensor], Tensor]
#: How long a stretch of a sound is that is looked at for how loud it is, in seconds, and the share that counts as soft.
_STRETCH, _SOFT = 0.02, 0.1


def without(x: Tensor, features: Features, instead: int | None) -> Mixed:
    """The text of known tokens alone: the others left out (None), or `instead` in their place. A text of which nothing
    is left is one unknown token, for a network cannot read nothing."""

    def mixed(known: Tensor) -> Tensor:
        kept = known[:, features.of.clamp(min=0)] & (features.of >= 0)  # (M, L)
        if instead is not None:
            return torch.where(kept | (features.of < 0), x, instead)[:, None]
        order = (~kept).to(torch.uint8).argsort(dim=1, stable=True)
        left = torch.where(kept, x, 0).gather(1, order)
        left[:, 0] = torch.where(kept.any(1), left[:, 0], UNKNOWN_ID)
        return left[:, None]

    return mixed


def joined_by_lines(x: Tensor, features: Features) -> Mixed:
    """The series (1, channels, steps) with a straight line in place of what is hidden, from the last step known before
    it to the first behind it; at either end the nearest goes on; the mean over all steps where nothing is known."""
    steps = torch.arange(x.shape[-1])

    def mixed(known: Tensor) -> Tensor:
        kept = known[:, features.of.clamp(min=0)] | (features.of < 0)  # (M, channels, steps)
        before = torch.where(kept, steps, -1).cummax(-1).values
        after = torch.where(kept, steps, len(steps)).flip(-1).cummin(-1).values.flip(-1)
        left, right = (
            x.expand(len(known), *x.shape[1:]).gather(2, at.clamp(0, len(steps) - 1)) for at in (before, after)
        )
        left = torch.where(before < 0, right, left)
        right = torch.where(after == len(steps), left, right)
        along = ((steps - before).to(x) / (after - before).clamp(min=1)).clamp(0, 1)
        nothing = (before < 0) & (after == len(steps))
        line = torch.where(nothing, x.mean(-1, keepdim=True), left + (right - left) * along)
        return torch.where(kept, x, line)[:, None]

    return mixed


def hiss(sound: Tensor, rate: int) -> Tensor:
    """White noise like `sound` (1, samples), as loud as its softest tenth; always the same. Where a sound falls dead
    silent at times, this is silence. Measured on tones in hiss: of what occlusion found, .76 lay on the tone, .14 with
    silence in its place, for the logarithm of silence lies far from that of any hiss."""
    width = min(max(2, round(_STRETCH * rate)), sound.shape[-1])
    loud = sound.unfold(-1, width, max(1, width // 2)).square().mean(-1).sqrt().quantile(_SOFT)
    return torch.randn(sound.shape, generator=torch.Generator().manual_seed(0)).to(sound) * loud
