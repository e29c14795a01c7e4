"""WordDropout: texts in which some words are hidden."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from dlviz.core.setting import setting
from dlviz.core.values import Kind, Tokens
from dlviz.datasets.data import Batch
from dlviz.optimization.augmentations.augmentation import Augmentation

#: Token ids below this are no words: padding, and the unknown word.
_FIRST_WORD = 2


class WordDropout(Augmentation):
    """Makes some words of each text unknown, so that no prediction hangs on a single word.

    It also teaches the network what an unknown word means: nothing. Where texts are read as characters or pieces of
    words, those are hidden. Iyyer et al. 2015.
    """

    p: float = setting(0.1, "The chance of each word (character, piece) to be hidden.", ge=0, le=0.9)

    def why_not(self, inputs: Mapping[str, Kind], targets: Mapping[str, Kind]) -> str | None:
        if any(isinstance(kind, Tokens) for kind in inputs.values()):
            return None
        return f"WordDropout needs texts; this data has {', '.join(kind.kind() for kind in inputs.values())}."

    def apply(
        self, batch: Batch, inputs: Mapping[str, Kind], targets: Mapping[str, Kind], random: torch.Generator
    ) -> Batch:
        changed = dict(batch)
        for name, kind in inputs.items():
            if isinstance(kind, Tokens):
                ids = batch[name]
                hidden = torch.rand(ids.shape, generator=random, device=random.device).to(ids.device) < self.p
                changed[name] = ids.masked_fill(hidden & (ids >= _FIRST_WORD), 1)
        return changed
