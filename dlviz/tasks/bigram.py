"""Bigram: a table of which token follows which, the least that a network that writes must beat."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Bigram:
    """log p(next | this) (V, V) of counts to which a little is added, as if each pair had been seen so often once more;
    how little is found on the training text itself, its last tenth held out."""

    logs: Tensor

    @classmethod
    def learned(cls, texts: Tensor, following: Tensor, vocabulary: int) -> Bigram:
        """Of token ids (N, L) and those that follow each (N, L); 0 is padding."""
        pairs = texts.flatten() * vocabulary + following.flatten()
        pairs = pairs[(texts.flatten() != 0) & (following.flatten() != 0)]
        cut = max(1, len(pairs) - len(pairs) // 10)
        early, late = (torch.bincount(some, minlength=vocabulary**2).double() for some in (pairs[:cut], pairs[cut:]))
        best = min((1.0, 0.1, 0.01, 0.001), key=lambda added: float(-(late * _logs(early, added, vocabulary)).sum()))
        return cls(_logs(early + late, best, vocabulary).view(vocabulary, vocabulary))

    def loss(self, texts: Tensor, following: Tensor) -> float:
        """The mean of -log p in nats over all pairs without padding."""
        there = (texts != 0) & (following != 0)
        return float(-self.logs[texts[there], following[there]].mean())


def _logs(counts: Tensor, added: float, vocabulary: int) -> Tensor:
    table = counts.view(vocabulary, vocabulary) + added
    # a token that nothing followed says nothing: then how often each token occurs at all
    alone = table.sum(0, keepdim=True)
    rows = torch.where(counts.view(vocabulary, vocabulary).sum(1, keepdim=True) > 0, table, alone)
    return (rows / rows.sum(1, keepdim=True)).log().flatten()
