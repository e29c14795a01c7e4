"""Piecewise: the subject that can be hidden piece by piece, for methods that ask for answers alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Audio, Image, Kind, Over, Series, Tokens, Vector
from dlviz.datasets.data import Encoder
from dlviz.datasets.tokenizer import UNKNOWN_ID
from dlviz.explainers.explainer import Question
from dlviz.explainers.features import Features
from dlviz.explainers.heard import spectrogram
from dlviz.explainers.scored import field_of, given, scorer
from dlviz.explainers.spans import Read, Unit
from dlviz.explainers.subject import Baseline, Subject
from dlviz.explainers.text_pieces import read_of, tokens

#: What of a sound is hidden.
Sounds = Literal["moments", "spectrogram"]
SOUNDS = (
    "Of sounds: what is hidden. `moments`: all that is heard for a while. `spectrogram`: some of the pitches for a "
    "while, in the picture that the network's first layer makes of the sound."
)
_OVER: dict[type[Kind], Over] = {Image: "picture", Vector: "columns", Tokens: "text", Series: "series", Audio: "sound"}


def subject(question: Question, over: Over | Literal[""] = "") -> Subject:
    """The input itself; with `over` "spectrogram" the picture that the network's first layer makes of a sound."""
    if over == "spectrogram":
        return spectrogram(question)
    name, kind = field_of(question)
    x, data = given(question), question.data
    encoder = data.encoders.get(name)
    black: Callable[[], Tensor] | None = None
    read: Read | None = None
    if isinstance(kind, Image):
        pieces = Features.cells(kind)
        black = partial(_black, kind, encoder, x)
    elif isinstance(kind, Vector):
        pieces = Features.columns(kind, encoder.groups() if encoder else {})
    elif isinstance(kind, Tokens):
        pieces = tokens(x[0], kind, question.task.blank(data.fields))
        read = read_of(question)
    else:
        pieces = Features.windows(tuple(x.shape[1:]), 1)
    task = question.task
    return Subject(
        _OVER[type(kind)], kind, x, scorer(question), lambda: data.train.columns[name], pieces, black, read=read,
        in_place=task.by_place or task.of_one, fixed=task.by_place, blank=task.blank(data.fields),
    )  # fmt: skip


def _black(kind: Image, encoder: Encoder | None, x: Tensor) -> Tensor:
    if encoder is None:
        return torch.zeros_like(x)
    return encoder.encode(np.zeros((1, *kind.shape()), dtype=np.uint8)).to(x)


def as_asked(question: Question, unit: Unit = "token", sounds: Sounds = "moments") -> Subject:
    """The input that can be hidden piece by piece, as a method's settings want it."""
    _, kind = field_of(question)
    over: Literal["spectrogram", ""] = "spectrogram" if isinstance(kind, Audio) and sounds == "spectrogram" else ""
    return subject(question, over).in_units(unit)


def caveat(question: Question, about: Subject, how: Baseline) -> str:
    """What a note must add where hidden tokens become unknown ones and the network never met any; else nothing."""
    unknown = how == "auto" and about.in_place and about.blank is None and not about.stand_ins
    if about.over != "text" or not (how == "unknown" or unknown):
        return ""
    name, _ = field_of(question)
    if bool((question.data.train.columns[name] == UNKNOWN_ID).any()):
        return ""
    return (
        " Here hidden tokens become unknown ones, of which the training part has none: unless training hid some "
        "(WordDropout), the network never learned what that means, and this explanation means little."
    )
