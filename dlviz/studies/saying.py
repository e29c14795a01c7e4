"""Saying: what a network answers to any inputs, as numbers and in words."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array, Category, Kind, Scalar
from dlviz.explainers.batches import batch_size, batches
from dlviz.explainers.explainer import Question
from dlviz.explainers.scored import batch_of, field_of
from dlviz.tasks.task import as_array

#: So many numbers go in at a time where an input is one row of them: of long texts and sounds fewer than of a table.
_NUMBERS, _LEAST = 200_000, 16


class Saying:
    """`saying(inputs)`: probabilities (N, classes) or numbers (N,) in the target's own units, for inputs (N, *shape).

    Where the answer is neither one class nor one number (a forecast, a text), it is the number that the question is
    about: its target's score.
    """

    def __init__(self, question: Question) -> None:
        self._question = question
        self.input, _ = field_of(question)
        self.target: str = next(iter(question.data.fields.targets))
        self.kind: Kind = question.data.fields.targets[self.target]

    @torch.no_grad()
    def __call__(self, inputs: Tensor) -> Array:
        asked = self._question
        found = []
        for part in batches(len(inputs), at_once(inputs[0])):
            batch = batch_of(asked, inputs[part])
            if isinstance(self.kind, Category | Scalar):
                said = asked.task.predict(asked.networks, batch, asked.data.fields)[self.target].data
            else:
                said = as_array(asked.task.score(asked.networks, batch, asked.target, asked.data.fields))
            found.append(np.asarray(said, dtype=np.float64))
        return np.concatenate(found)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; empty where the answer is a number."""
        return self.kind.names if isinstance(self.kind, Category) else ()

    def words(self, answer: Array) -> str:
        """One answer in words: "cat (97 %)", "12.3 mm"; of another kind the score, and what of: "3.1 for “+1”"."""
        if self.classes:
            best = int(np.argmax(answer))
            return f"{self.classes[best]} ({100 * float(answer[best]):.0f} %)"
        if isinstance(self.kind, Scalar):
            return self.number(float(answer))
        asked = self._question
        return f"{float(answer):.4g} for “{asked.task.targets(asked.data.fields)[asked.target]}”"

    def number(self, value: float) -> str:
        """A number of the target with its unit."""
        unit = self.kind.unit if isinstance(self.kind, Scalar) else ""
        return f"{value:.4g} {unit}".rstrip()

    def true(self, part: str, index: int) -> str:
        """The true answer of an example: its class's name, its number; of another kind what the task says of it."""
        asked = self._question
        if not isinstance(self.kind, Category | Scalar):
            batch = asked.data.part(part).batch(slice(index, index + 1))
            told = asked.task.told(asked.networks, batch, asked.data.fields)
            return told[0].true if told else ""
        known = asked.data.part(part).columns[self.target][index]
        if not self.classes:
            return self.number(float(known))
        return self.classes[int(known.argmax() if known.dim() else known)]


def at_once(example: Tensor) -> int:
    """How many inputs like `example` (*shape) go through a network together."""
    return min(batch_size(example), max(_LEAST, _NUMBERS // max(1, example.numel())))
