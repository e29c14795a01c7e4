"""Attention patterns: which simple rule a head follows when it looks: the step before, the first, a full stop."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dlviz.core.values import Array
from dlviz.datasets.answer_encoder import END, START
from dlviz.explainers.attention_steps import EXTRA

#: A rule is named where it takes at least this share of a head's looks, and so many times what even looks would.
LEAST, TIMES = 0.4, 2.0
#: A head is called even where its looks are this near to all the same (entropy by the largest that it could be).
EVEN = 0.9
#: A rule must have something to say of this share of the steps.
_STEPS = 0.5
_DELIMITERS = frozenset((*string.punctuation, *"…–—«»“”„‘’。，、；：？！␣⏎␍⇥⍽", START, END))


@dataclass(frozen=True)
class Pattern:
    """A rule in words that follow "looks at", the share of its looks that a head spends on it, and the share that even
    looks would."""

    at: str
    share: float
    even: float

    @property
    def stands_out(self) -> bool:
        return self.share >= LEAST and self.share >= TIMES * self.even


@dataclass(frozen=True)
class Seeing:
    """Two sequences: the names of what asks and of what is looked at; `may` (queries, keys): True where a look is
    allowed. `itself`: they are one sequence; `ordered`: their steps follow each other in time. `thing`: what a step is
    called."""

    queries: Sequence[str]
    keys: Sequence[str]
    may: Array
    itself: bool
    ordered: bool
    thing: str = "step"


def best(weights: Array, seeing: Seeing) -> Pattern | None:
    """The rule that fits one head's looks (queries, keys) best; None: none stands out."""
    found = [
        Pattern(at, float(own.sum() / many), float(even.sum() / many))
        for at, mask in rules(seeing)
        for own, even, many in [_shares(weights, mask, seeing)]
        if many
    ]
    outstanding = [pattern for pattern in found if pattern.stands_out]
    return max(outstanding, key=lambda pattern: pattern.share, default=None)


def evenness(weights: Array, seeing: Seeing) -> float:
    """How evenly a head looks, the mean over steps that have a choice: 0 all at one, 1 at all alike."""
    choices = seeing.may.sum(1)
    some = choices > 1
    if not some.any():
        return 0.0
    own = np.clip(weights[some], 1e-30, 1)
    entropy = -(own * np.log(own)).sum(1)
    return float(np.minimum(1, entropy / np.log(choices[some])).mean())


def rules(seeing: Seeing) -> Iterator[tuple[str, Array]]:
    """Each rule in words, and where (queries, keys) it says that a step looks."""
    rows, columns = np.arange(len(seeing.queries))[:, None], np.arange(len(seeing.keys))[None]
    none = np.zeros((len(seeing.queries), len(seeing.keys)), dtype=bool)
    thing, ids = seeing.thing, np.array(seeing.keys)
    if seeing.itself:
        yield "itself", rows == columns
        if seeing.ordered:
            yield f"the {thing} before it", columns == rows - 1
            yield f"the {thing} after it", columns == rows + 1
            alike = ids[:, None] == ids[None]
            yield f"earlier {thing}s that are the same", alike & (columns < rows)
            follows = np.zeros_like(none)
            follows[:, 1:] = alike[:, :-1] & (columns[:, :-1] < rows)
            yield f"the {thing} that followed it the last time", follows & (columns <= rows)
    elif seeing.ordered:
        yield from _diagonals(rows, columns, seeing)
    first = "the extra step, which stands for no part of the input" if ids[0] == EXTRA else f"the first {thing}"
    if seeing.ordered or ids[0] == EXTRA:
        yield first, none | ((columns == 0) & ((rows > 0) | (not seeing.itself)))
    if seeing.ordered:
        marks = np.array([name in _DELIMITERS for name in seeing.keys])
        if 0 < marks.mean() <= 0.5:
            yield "marks that divide: blanks, stops, line ends", none | marks[None]


def _diagonals(rows: Array, columns: Array, seeing: Seeing) -> Iterator[tuple[str, Array]]:
    """From one sequence to another: on in step, or backwards."""
    for shift in (0, -1, 1):
        words = f"the {seeing.thing} at the same place" + {0: "", -1: ", less one", 1: ", plus one"}[shift]
        yield words, columns == rows + shift
    last = len(seeing.keys) - 1
    for shift in (0, -1, 1):
        words = f"the {seeing.thing} at its place from the end" + {0: "", -1: ", less one", 1: ", plus one"}[shift]
        yield words, columns == last + shift - rows


def _shares(weights: Array, mask: Array, seeing: Seeing) -> tuple[Array, Array, int]:
    """Of the steps of which a rule says something: the share of each's looks that keeps to it, the share of even looks
    that would, and how many steps they are; 0 where they are too few."""
    mask = mask & seeing.may
    choices = seeing.may.sum(1)
    free = choices > 1
    some = mask.any(1) & free
    many = int(some.sum())
    if many < 2 or many < _STEPS * free.sum():
        return np.zeros(0), np.zeros(0), 0
    return (weights * mask)[some].sum(1), mask[some].sum(1) / choices[some], many
