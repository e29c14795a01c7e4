"""Features: the parts of an input that an explanation gives a number each, and where they lie in its tensor.

A table's category column takes several positions of the encoded row (one-hot); a person sees one column. A pixel takes
one position a channel; a person sees one pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Attribution, Image, Kind, Vector
from dlviz.datasets.data import Data, Fields
from dlviz.explainers.explainer import Question, sole_input
from dlviz.tasks.task import Networks, Task, as_array

#: A length in a picture. The bounds stand inside the annotation because `auto` may stand beside it.
Pixels = Annotated[int, Field(ge=1, le=1024)]

#: What stands in for a hidden feature.
Baseline = Literal["mean", "zero", "black"]

HIDDEN = (
    "What stands in for what is hidden. `mean`: the mean of the training part, position by position. `zero`: 0 as the "
    "network sees it, after scaling; in a picture about its mean grey. `black`: for pictures."
)


@dataclass(frozen=True)
class Features:
    """`of[position]` is the number of the feature that a position of the input belongs to: 0 to `count` - 1.

    `names` are the columns of a table; empty for a picture.
    """

    of: Tensor  # (*shape), int64
    count: int
    names: tuple[str, ...] = ()

    @classmethod
    def columns(cls, kind: Vector, groups: dict[str, list[int]]) -> Features:
        """A table's own columns; `groups` is what its encoder says, empty: each position is a column."""
        groups = groups or {name: [position] for position, name in enumerate(kind.names)}
        of = torch.full(kind.shape(), -1)
        for number, positions in enumerate(groups.values()):
            of[positions] = number
        if (of < 0).any():
            raise WrongInput("The encoder's groups must name every position of the row, or an explanation has holes.")
        return cls(of, len(groups), tuple(groups))

    @classmethod
    def cells(cls, kind: Image, side: int = 1) -> Features:
        """Square cells of `side` pixels over all channels, numbered row by row; `side` 1: the pixels."""
        rows = torch.arange(kind.height) // side
        columns = torch.arange(kind.width) // side
        across = int(columns[-1]) + 1
        grid = rows[:, None] * across + columns  # (H, W)
        return cls(grid.expand(kind.shape()).contiguous(), (int(rows[-1]) + 1) * across)

    def summed(self, values: Tensor) -> Tensor:
        """One number a feature from one a position: the sum over its positions."""
        return torch.zeros(self.count, dtype=values.dtype).index_add_(0, self.of.flatten(), values.flatten())

    def shown(self, values: Tensor) -> Array:
        """Numbers a feature as an explanation gives them: a table's as they are; a picture's shared evenly by the
        feature's positions, in the picture's shape, so that the sum stays."""
        if self.names:
            return as_array(values)
        sizes = torch.bincount(self.of.flatten(), minlength=self.count)
        return as_array((values / sizes)[self.of])

    def kind(self) -> Attribution:
        return Attribution(names=self.names)


def why_not(task: Task, networks: Networks, fields: Fields, kinds: tuple[type[Kind], ...]) -> str | None:
    """Why a method for inputs of these kinds cannot explain this, in a sentence."""
    if not task.targets(fields):
        return f"{task.kind()} gives no number or class that could be explained."
    if len(networks) != 1:
        return f"It explains one network; {task.kind()} trains {len(networks)}."
    name = sole_input(fields)
    if name is None:
        return f"It explains a single input; this data has {len(fields.inputs)}."
    if not isinstance(fields.inputs[name], kinds):
        words = {"Image": "pictures", "Vector": "a table", "Tokens": "texts", "Audio": "sounds"}
        needed = " or ".join(words.get(kind.kind(), kind.kind().lower()) for kind in kinds)
        kind = fields.inputs[name].kind()
        return f"It needs {needed}: this data is {words.get(kind, kind.lower())}."
    return None


def field_of(question: Question) -> tuple[str, Kind]:
    """The name and the kind of the input that is explained."""
    name = sole_input(question.data.fields)
    assert name is not None, "why_not comes before explain"
    return name, question.data.fields.inputs[name]


def features_of(question: Question, side: int = 1) -> Features:
    """The features of the input: a table's columns, or a picture's cells of `side` pixels."""
    name, kind = field_of(question)
    if isinstance(kind, Image):
        return Features.cells(kind, side)
    assert isinstance(kind, Vector)
    encoder = question.data.encoders.get(name)
    return Features.columns(kind, encoder.groups() if encoder else {})


def scorer(question: Question) -> Callable[[Tensor], Tensor]:
    """The explained number as a function of the input alone: (N, *shape) → (N,)."""
    name, _ = field_of(question)

    def score(inputs: Tensor) -> Tensor:
        return question.task.score(question.networks, {name: inputs}, question.target, question.data.fields)

    return score


def baseline(data: Data, name: str, how: Baseline) -> Tensor:
    """What stands in for a hidden input: (1, *shape)."""
    seen, kind, encoder = data.train.columns[name], data.fields.inputs[name], data.encoders.get(name)
    if how == "black" and not isinstance(kind, Image):
        raise WrongInput("The baseline `black` is for pictures; these are rows of numbers. Choose `mean` or `zero`.")
    if how == "black" and encoder is not None:
        return encoder.encode(np.zeros((1, *kind.shape()), dtype=np.uint8)).to(seen.dtype)
    if how in ("zero", "black"):
        return torch.zeros_like(seen[:1])
    return seen.double().mean(0, keepdim=True).to(seen.dtype)


def background(data: Data, name: str, most: int, seed: int) -> Tensor:
    """Up to `most` examples of the training part, drawn by `seed`: (B, *shape)."""
    seen = data.train.columns[name]
    if len(seen) <= most:
        return seen
    chosen = torch.randperm(len(seen), generator=torch.Generator().manual_seed(seed))[:most]
    return seen[chosen]
