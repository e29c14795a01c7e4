"""Pieces: what trials take away and put in one by one, and what an explanation gives each."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np

from dlviz.core.values import Array
from dlviz.explainers.explainer import Explanation, Question
from dlviz.explainers.features import Features
from dlviz.explainers.piecewise import subject
from dlviz.explainers.subject import Subject

#: So many cells a side, so many windows of one channel and of all, at most. Tokens and columns stay whole.
CELLS, WINDOWS, MOST = 8, 32, 64
#: Fewer pieces have so few orders that chance finds the right one too often.
FEWEST = 4

_NAMED = {"picture": "cells", "spectrogram": "cells", "columns": "columns"}


@dataclass(frozen=True)
class Pieces:
    """`weights` (count,) is what the explanation gives each of the `features` of `about`."""

    about: Subject
    features: Features
    weights: Array

    @property
    def name(self) -> str:
        """What the pieces are called: cells, columns, tokens, words, windows."""
        return f"{self.about.unit}s" if self.about.over == "text" else _NAMED.get(self.about.over, "windows")


def pieces(question: Question, explanation: Explanation) -> Pieces:
    """The pieces of what the explanation lies over. Its numbers must be the subject's own (`why_no_pieces`)."""
    about = _about(question, explanation)
    features = about.features(_side(about))
    return Pieces(about, features, about.of_features(explanation.values, features).numpy())


def weights_of(question: Question, explanation: Explanation) -> Array:
    """What the explanation gives each piece, (count,)."""
    return pieces(question, explanation).weights


def why_no_pieces(question: Question, explanation: Explanation) -> str | None:
    """Why an explanation cannot be taken apart, or into too few pieces, in a sentence; None: it can."""
    about = _about(question, explanation)
    wanted = (about.pieces.count,) if about.named else tuple(about.x.shape[1:])
    if explanation.values.shape != wanted:
        return "It does not give one number to each part of the input, so parts cannot be taken away by it."
    found = pieces(question, explanation)
    count, name = found.features.count, found.name
    if count < FEWEST:
        held = f"only {count} {name if count != 1 else name[:-1]}"
        return f"This input has {held}: of fewer than {FEWEST}, chance alone finds the right order too often."
    if not np.ptp(found.weights):
        return f"It gives all {name} the same, so none is said to matter more than another."
    return None


def _about(question: Question, explanation: Explanation) -> Subject:
    over: Literal["spectrogram", ""] = "spectrogram" if explanation.kind.lies_over() == "spectrogram" else ""
    return subject(question, over).in_units(explanation.kind.unit)


def _side(about: Subject) -> int:
    """The side of a cell in pixels, the width of a window in steps."""
    *before, last = about.x.shape[1:]
    if about.over in ("picture", "spectrogram"):
        return ceil(max(before[-1], last) / CELLS)
    return ceil(last / max(1, min(WINDOWS, MOST // (before[0] if before else 1))))
