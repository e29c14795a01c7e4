"""What an explainer part is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from dlviz.core.part import Part
from dlviz.core.values import Array, Attribution
from dlviz.datasets.data import Batch, Data, Fields
from dlviz.tasks.task import Networks, Task

#: Called with (done, of how many); raises to cancel.
Step = Callable[[float, float], None]


@dataclass(frozen=True)
class Question:
    """What is to be explained: one example (a batch of 1) of `data`, one target, by these networks.

    The networks are deep copies in evaluation mode on the CPU: a method may hook and change them freely.
    """

    task: Task
    networks: Networks
    data: Data
    inputs: Batch
    target: int


@dataclass(frozen=True)
class Explanation:
    """The answer: attributions in the input's shape (for a table: one number a column, in the table's order).

    `score` is the explained number for this input; `gap` is score(x) - score(baseline) - Σ attributions, for
    methods that promise completeness; `note` tells a student how to read it.
    """

    values: Array
    kind: Attribution
    score: float
    note: str
    gap: float | None = None


class Explainer(Part, family="explainers"):
    """Why did it decide so? One method with its settings."""

    paper: ClassVar[str]
    #: One sentence for students: what the method asks and how to read it.
    reading: ClassVar[str]

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        """Why it cannot explain this, in a sentence; None: it can."""
        raise NotImplementedError

    def explain(self, question: Question, step: Step) -> Explanation:
        """Answer the question, calling `step` as it goes."""
        raise NotImplementedError


def sole_input(fields: Fields) -> str | None:
    """The name of the only input, or None where there are several."""
    return next(iter(fields.inputs)) if len(fields.inputs) == 1 else None
