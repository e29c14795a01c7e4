"""Changed words of a text: which few must go, or be others, for another answer.

A replacement is proposed by the gradient at the embedding (how much the score would rise, to first order, with another
word's vector in place) and then asked about: only the answer counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Tokens
from dlviz.datasets.tokenizer import PAD_ID, UNKNOWN_ID
from dlviz.explainers.smooth import embedding, smooth
from dlviz.studies.wish import Wish

#: How many texts are led on together, and how many replacements of one are asked about.
_BEAM, _PROPOSED = 8, 64
GONE = -1


@dataclass(frozen=True)
class Edited:
    """A text with some of its words changed: `ids` (words,), as the text has them, `changes` by place: the new id, or
    `GONE`."""

    ids: tuple[int, ...]
    changes: tuple[tuple[int, int], ...] = ()

    def kept(self) -> list[int]:
        """The places whose words are still there."""
        gone = {place for place, new in self.changes if new == GONE}
        return [place for place in range(len(self.ids)) if place not in gone]

    def row(self, length: int) -> Tensor:
        """The text as a network reads it, (length,); of nothing at all one unknown word is left."""
        new = dict(self.changes)
        ids = [new.get(place, self.ids[place]) for place in self.kept()] or [UNKNOWN_ID]
        return torch.tensor(ids + [PAD_ID] * (length - len(ids)))

    def also(self, place: int, new: int) -> Edited:
        return replace(self, changes=tuple(sorted((*self.changes, (place, new)))))


def changed_words(wish: Wish, kind: Tokens, how: str, most: int, ways: int) -> list[Edited]:
    """Up to `ways` texts that get the wished answer with the fewest words changed, `most` at most; `how`: "remove",
    "replace" or "both". Empty where none was found."""
    x = wish.x[0]
    beam = [Edited(tuple(int(i) for i in x[x != PAD_ID]))]
    for _ in range(most):
        tried = list(dict.fromkeys(edit for text in beam for edit in _further(wish, kind, text, how)))
        if wish.spent or not tried:
            break
        margins = wish.ask(torch.stack([text.row(len(x)) for text in tried]))
        order = np.argsort(-margins, kind="stable")
        found = [tried[i] for i in order if margins[i] > 0]
        found = [text for text in _elsewhere(found, 4 * ways) if wish.fulfilled(text.row(len(x))[None])]
        if found:
            return found[:ways]
        beam = [tried[i] for i in order[:_BEAM]]
    return []


def _further(wish: Wish, kind: Tokens, text: Edited, how: str) -> Iterator[Edited]:
    """Texts with one more word changed."""
    touched = {place for place, _ in text.changes}
    if how != "replace":
        yield from (text.also(place, GONE) for place in text.kept() if place not in touched)
    if how != "remove" and embedding(wish.question.networks) is not None:
        yield from (text.also(place, new) for place, new in _proposed(wish, kind, text) if place not in touched)


def _proposed(wish: Wish, kind: Tokens, text: Edited) -> list[tuple[int, int]]:
    """(place, new word) of the replacements with which, to first order, the score rises most."""
    layer = embedding(wish.question.networks)
    assert layer is not None
    asked, sign = wish.towards(text.row(kind.length)[None])
    about = smooth(asked)
    x = about.x.detach().clone().requires_grad_()
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(about.score(x).sum(), x)
    kept = text.kept()
    if not kept:
        return []
    slopes = sign * gradient[0, : len(kept)]  # (words, D)
    rise = slopes @ layer.weight.T - (slopes * x.detach()[0, : len(kept)]).sum(1, keepdim=True)  # (words, vocabulary)
    rise[:, [PAD_ID, UNKNOWN_ID, *range(len(kind.vocabulary), rise.shape[1])]] = -torch.inf  # behind: a mask
    rise[torch.arange(len(kept)), _ids(text, kept)] = -torch.inf
    count = min(_PROPOSED, rise.numel())
    values, best = rise.flatten().topk(count)
    width = rise.shape[1]
    return [(kept[int(i) // width], int(i) % width) for i, value in zip(best, values, strict=True) if value > 0]


def _ids(text: Edited, kept: list[int]) -> Tensor:
    """The ids that stand at these places now."""
    new = dict(text.changes)
    return torch.tensor([new.get(place, text.ids[place]) for place in kept])


def _elsewhere(texts: list[Edited], count: int) -> list[Edited]:
    """The first `count`, those before that change other places than all before them."""
    first: list[Edited] = []
    rest: list[Edited] = []
    seen: set[tuple[int, ...]] = set()
    for text in texts:
        places = tuple(place for place, _ in text.changes)
        (rest if places in seen else first).append(text)
        seen.add(places)
    return [*first, *rest][:count]
