"""Concepts: what a user means, shown by examples of the training part or by pictures of their own; and what they are
held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput, nearest
from dlviz.core.values import Array, Category, Image, Value
from dlviz.datasets.archive import entries
from dlviz.datasets.broken import Broken
from dlviz.datasets.pictures import SUFFIXES, decoded, opened
from dlviz.explainers.explainer import Question
from dlviz.explainers.scored import field_of
from dlviz.studies.gallery import gallery
from dlviz.studies.study import Inquiry

#: A concept needs so many examples, and `GOOD` of them to be told apart well; more than `MOST` say no more; of a folder
#: so many are read; so many are shown.
FEWEST, GOOD, MOST, _READ, _SHOWN = 5, 20, 200, 500, 12
_PARTS = {"train": "training", "validation": "validation", "test": "test"}
#: Any training examples among which random counterparts are drawn.
_POOL = 500


def concept_of(question: Question, name: str, rows: Mapping[str, Sequence[int]], path: str) -> tuple[Tensor, Value]:
    """The examples of a concept as the network takes them (n, *shape), and as a person sees some of them: examples
    `rows` by part of the data, and pictures in the folder or zip `path`. Raises `WrongInput`."""
    field, kind = field_of(question)
    data = question.data
    found, shown, places = [], None, []
    for part, numbers in rows.items():
        total = len(data.part(part))
        wrong = [row for row in numbers if not 0 <= row < total]
        if wrong:
            raise WrongInput(f"The {_PARTS[part]} part has the examples 0 to {total - 1}. Received: {wrong[0]}.")
        own = list(dict.fromkeys(numbers))
        found.append(data.part(part).columns[field][own])
        places += [(part, row) for row in own]
    if places:
        shown = gallery(data, places[:_SHOWN], [str(row) for _, row in places[:_SHOWN]], name)
    if path:
        encoder = data.encoders.get(field)
        if not isinstance(kind, Image) or encoder is None:
            raise WrongInput("Pictures of a concept can be read for a network of pictures. Name examples instead.")
        found.append(encoder.encode(_pictures(path, kind)))
        shown = shown or Value(kind, encoder.decode(found[-1][:_SHOWN]).data, name)
    many = sum(len(one) for one in found)
    if many < FEWEST or shown is None:
        raise WrongInput(
            f"A concept needs at least {FEWEST} examples that show it. Received: {many}. Choose examples, a class, or "
            "a folder of pictures."
        )
    return torch.cat(found), shown


def members_of(question: Question, name: str, chance: torch.Generator) -> list[int]:
    """Training examples of the class called `name`, drawn by chance: at most `MOST`, and so few that there are twice as
    many others to hold them against. Raises `WrongInput`."""
    target, kind = next(iter(question.data.fields.targets.items()))
    if not isinstance(kind, Category):
        raise WrongInput(f"This network tells no classes, so none can show a concept. Received: {name}.")
    if name not in kind.names:
        raise WrongInput(f"There is no class `{name}`. {nearest(name, kind.names)}".strip())
    truth = question.data.train.columns[target]
    if truth.dim() != 1:
        raise WrongInput("Each of these examples has several classes. Choose single examples to show the concept.")
    rows = (truth == kind.names.index(name)).nonzero().flatten()
    most = min(MOST, (len(truth) - len(rows)) // 2)
    return [int(row) for row in rows[torch.randperm(len(rows), generator=chance)[:most]]]


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
