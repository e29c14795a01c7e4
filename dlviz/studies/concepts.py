"""Concepts: what a user means, shown by examples of the training part or by pictures of their own; and what they are
held against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Image, Value
from dlviz.datasets.archive import entries
from dlviz.datasets.broken import Broken
from dlviz.datasets.pictures import SUFFIXES, decoded, opened
from dlviz.explainers.explainer import Question
from dlviz.explainers.subject import field_of
from dlviz.studies.gallery import gallery
from dlviz.studies.study import Inquiry

#: A concept needs so many examples; more than `MOST` say no more; of a folder so many are read; so many are shown.
FEWEST, MOST, _READ, _SHOWN = 5, 200, 500, 12
#: Any training examples among which random counterparts are drawn.
_POOL = 500


def concept_of(question: Question, name: str, rows: Sequence[int], path: str) -> tuple[Tensor, Value]:
    """The examples of a concept as the network takes them (n, *shape), and as a person sees some of them: training
    examples `rows`, and pictures in the folder or zip `path`. Raises `WrongInput`."""
    field, kind = field_of(question)
    data, total = question.data, len(question.data.train)
    wrong = [row for row in rows if not 0 <= row < total]
    if wrong:
        raise WrongInput(f"The training part has the examples 0 to {total - 1}. Received: {wrong[0]}.")
    rows = list(dict.fromkeys(rows))
    found = [data.train.columns[field][rows]]
    shown = None
    if rows:
        shown = gallery(data, [("train", row) for row in rows[:_SHOWN]], [str(row) for row in rows[:_SHOWN]], name)
    if path:
        encoder = data.encoders.get(field)
        if not isinstance(kind, Image) or encoder is None:
            raise WrongInput("Pictures of a concept can be read for a network of pictures. Name examples instead.")
        found.append(encoder.encode(_pictures(path, kind)))
        shown = shown or Value(kind, encoder.decode(found[-1][:_SHOWN]).data, name)
    own = torch.cat(found)
    if len(own) < FEWEST or shown is None:
        raise WrongInput(
            f"A concept needs at least {FEWEST} examples that show it. Received: {len(own)}. Choose examples of the "
            "training part, or a folder of pictures."
        )
    return own, shown


def others_than(question: Question, concept: Sequence[int], many: int, chance: torch.Generator) -> Tensor:
    """Training inputs (N, *shape) that are not among the concept's, drawn by chance, for a concept of `many` examples.
    Raises `WrongInput` where there are too few."""
    name, _ = field_of(question)
    train = question.data.train.columns[name]
    free = torch.ones(len(train), dtype=torch.bool)
    free[list(concept)] = False
    rows = free.nonzero().flatten()
    if len(rows) < 2 * many:
        raise WrongInput(
            f"A concept of {many} examples needs at least {2 * many} others in the training part to be held "
            f"against. There are {len(rows)}. Choose fewer."
        )
    return train[rows[torch.randperm(len(rows), generator=chance)[:_POOL]]]


def of_class(inquiry: Inquiry, most: int, chance: torch.Generator) -> Tensor:
    """Up to `most` inputs of the class asked about, drawn by chance; of any, where there are no classes. Raises
    `WrongInput` where there are too few."""
    question = inquiry.question
    name, _ = field_of(question)
    examples = question.data.part(inquiry.part)
    truth = examples.columns[next(iter(question.data.fields.targets))]
    rows = torch.arange(len(examples))
    if len(question.task.targets(question.data.fields)) > 1 and truth.dim() == 1:
        rows = (truth == question.target).nonzero().flatten()
    if len(rows) < FEWEST:
        raise WrongInput(
            f"The {inquiry.part} part has {len(rows)} examples of this class; at least {FEWEST} are needed."
        )
    return examples.columns[name][rows[torch.randperm(len(rows), generator=chance)[:most]]]


def _pictures(path: str, kind: Image) -> Array:
    """The pictures of a folder or zip as (N, channels, height, width), 0 to 255; what is broken is passed over."""
    found: list[Array] = []
    with entries(path) as files:
        for entry in files:
            if entry.name.lower().endswith(SUFFIXES) and len(found) < _READ:
                try:
                    picture = opened(entry.read(), entry.name)
                    found.append(decoded(picture, kind.channels, kind.height, kind.width, "crop"))
                except Broken:
                    continue
    if not found:
        raise WrongInput(f"No picture could be read in {path}. It must hold PNG or JPEG files.")
    return np.stack(found)
