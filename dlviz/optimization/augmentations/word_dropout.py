"""WordDropout: texts in which some words are hidden."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Kind, Tokens
from dlviz.optimization.augmentations.augmentation import OneKind

#: Token ids below this are no words: padding, and the unknown word.
_FIRST_WORD = 2


class WordDropout(OneKind):
    """Makes some words of each text unknown, so that no prediction hangs on a single word.

    It also teaches the network what an unknown word means: nothing. Where texts are read as characters or pieces of
    words, those are hidden. Iyyer et al. 2015.
    """

    changes: ClassVar[type[Kind]] = Tokens
    called: ClassVar[str] = "texts"

    p: float = setting(0.1, "The chance of each word (character, piece) to be hidden.", ge=0, le=0.9)

    def change(self, ids: Tensor, random: torch.Generator) -> Tensor:
        hidden = torch.rand(ids.shape, generator=random, device=random.device).to(ids.device) < self.p
        return ids.masked_fill(hidden & (ids >= _FIRST_WORD), 1)
