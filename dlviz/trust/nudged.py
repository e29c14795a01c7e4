"""Nudged: inputs that a person would call the same as the one explained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array
from dlviz.datasets.tokenizer import UNKNOWN_ID
from dlviz.explainers.explainer import Question
from dlviz.explainers.piecewise import subject
from dlviz.explainers.subject import Subject
from dlviz.trust.pieces import Pieces

#: Of sounds, less noise: their spectrograms are logarithmic, and noise that one hardly hears fills their silence.
SOFTER = 0.2
#: A column of so few different values holds classes, which cannot change a little.
CLASSES = 2


@dataclass(frozen=True)
class Nudged:
    """An input (1, *shape), and which pieces (count,) of the original are still in it, in their order."""

    inputs: Tensor
    kept: Array


def nudged(question: Question, parts: Pieces, noise: float, how_many: int, seed: int) -> list[Nudged]:
    """Up to `how_many` of them: with a little noise, `noise` times the spread of the training part; of a text, each
    without another of the pieces that the explanation gives least, which becomes unknown where all must stay in its
    place."""
    about = subject(question)
    if about.over == "text":
        hide = _unknown if about.in_place else _without
        return [hide(about, parts, int(piece)) for piece in _least(parts, how_many, seed)]
    random, scale = torch.Generator().manual_seed(seed), noise * spread(about)
    everything = np.ones(parts.features.count, dtype=bool)
    return [Nudged(about.x + scale * torch.randn(about.x.shape, generator=random), everything) for _ in range(how_many)]


def spread(about: Subject) -> Tensor:
    """How far training inputs spread, (*shape): a picture's numbers as a whole, of a sound a fifth of that, a series'
    channel by channel, a table's column by column; 0 for columns of classes."""
    seen = about.seen()
    if about.over == "columns":
        of = about.pieces.of
        single = torch.bincount(of, minlength=about.pieces.count)[of] == 1  # a category has a position for each class
        measured = torch.tensor([len(seen[:, at].unique()) > CLASSES for at in range(len(of))])
        return seen.std(0) * (single & measured)
    if about.over == "series":
        return seen.transpose(0, 1).flatten(1).std(1)[:, None].expand(about.x.shape[1:])
    share = SOFTER if about.over == "sound" else 1.0
    return (share * seen.std()).expand(about.x.shape[1:])


def _least(parts: Pieces, how_many: int, seed: int) -> Array:
    """Different pieces of the third that matters least, of those that lie anywhere."""
    of = parts.features.of
    there = np.unique(of[of >= 0].numpy())
    third = there[np.argsort(np.abs(parts.weights[there]), kind="stable")][: max(1, len(there) // 3)]
    return np.random.default_rng(seed).permutation(third)[:how_many]


def _unknown(about: Subject, parts: Pieces, piece: int) -> Nudged:
    instead = UNKNOWN_ID if about.blank is None else about.blank
    changed = torch.where(parts.features.of == piece, instead, about.x)
    return Nudged(changed, np.ones(parts.features.count, dtype=bool))


def _without(about: Subject, parts: Pieces, piece: int) -> Nudged:
    ids, gone = about.x, parts.features.of == piece
    left = torch.cat([ids[0, ~gone], ids.new_zeros(int(gone.sum()))])[None]
    return Nudged(left, np.arange(parts.features.count) != piece)
