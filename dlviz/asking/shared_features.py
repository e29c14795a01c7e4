"""Shared features: several explanations as numbers of the same features, so that they can be compared.

Of one example, or of pictures, tables and series at large, these are the pieces that trials take away (`trust/pieces`).
Of several texts they are the words of all of them; of a sound and its spectrogram, stretches of time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array
from dlviz.explainers.explainer import Explanation, Question
from dlviz.explainers.features import Features
from dlviz.explainers.piecewise import subject
from dlviz.explainers.scored import field_of
from dlviz.trust.pieces import Pieces, pieces

#: A sound is cut into so many stretches where two of its explanations lie over different things.
STRETCHES = 32


@dataclass(frozen=True)
class Shared:
    """`weights` (explanations, features). `features` says where they lie in the input, None: they are words, or
    stretches of time. `names`: of columns, tokens or words; else empty."""

    weights: Array
    features: Features | None
    names: tuple[str, ...]

    @property
    def count(self) -> int:
        return int(self.weights.shape[1])


def why_not_shared(question: Question, explanation: Explanation) -> str | None:
    """Why an explanation cannot be compared with others, in a sentence; None: it can."""
    over: Literal["spectrogram", ""] = "spectrogram" if explanation.kind.lies_over() == "spectrogram" else ""
    about = subject(question, over).in_units(explanation.kind.unit)
    wanted = (about.pieces.count,) if about.named else tuple(about.x.shape[1:])
    if explanation.values.shape != wanted:
        return "It does not give one number to each part of the input, so it cannot be compared with others."
    return None


def shared(questions: Sequence[Question], explanations: Sequence[Explanation]) -> Shared:
    """The features that all have in common. Raises `WrongInput` where they have none."""
    found = [pieces(question, explanation) for question, explanation in zip(questions, explanations, strict=True)]
    first = found[0]
    if all(own.about.over == first.about.over and own.features.count == first.features.count for own in found):
        alike = all(own.features.names == first.features.names for own in found)
        if alike and (first.about.over != "text" or _one_text(questions)):
            return Shared(np.stack([own.weights for own in found]), first.features, first.features.names)
    if all(own.about.over == "text" for own in found):
        return _by_word(found)
    if all(own.about.over in ("sound", "spectrogram") for own in found):
        return Shared(np.stack([_over_time(own) for own in found]), None, ())
    raise WrongInput("Explanations of inputs of different kinds or sizes have no features in common.")


def _one_text(questions: Sequence[Question]) -> bool:
    name, _ = field_of(questions[0])
    return all(torch.equal(question.inputs[name], questions[0].inputs[name]) for question in questions)


def _by_word(found: Sequence[Pieces]) -> Shared:
    """Each word of all texts: what it has in each, 0 where a text lacks it."""
    words = tuple(dict.fromkeys(name for own in found for name in own.features.names))
    place = {word: at for at, word in enumerate(words)}
    table = np.zeros((len(found), len(words)))
    for row, own in enumerate(found):
        np.add.at(table[row], [place[name] for name in own.features.names], own.weights)
    return Shared(table, None, words)


def _over_time(own: Pieces) -> Array:
    """What lies in each of `STRETCHES` parts of a sound's time, all pitches together; sizes, for methods over sound and
    over spectrogram need not agree on signs."""
    down, across = own.features.grid or (1, own.features.count)
    sizes = np.abs(own.weights).reshape(down, across).sum(0)
    edges = np.linspace(0, across, STRETCHES + 1)
    total = np.r_[0.0, np.cumsum(sizes)]
    return np.diff(np.interp(edges, np.arange(across + 1), total))
