"""What an explainer part is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol, cast

from dlviz.core.part import Part
from dlviz.core.values import Array, Attribution
from dlviz.datasets.data import Batch, Data, Fields
from dlviz.tasks.task import Networks, Task

#: Called with (done, of how many); raises to cancel.
Step = Callable[[float, float], None]


def silent(done: float, of: float) -> None:
    """A `Step` that tells nobody."""


#: What a method needs of a network: its answers alone, or its gradients and inner layers, too.
Needs = Literal["answers", "gradients"]


@dataclass(frozen=True)
class Question:
    """What is to be explained: one example (a batch of 1) of `data`, one target, by these networks.

    The networks are deep copies in evaluation mode on the CPU: a method may hook and change them freely.
    `against`: the target that this one is held against ("why not B?"): what is explained is the difference of the two
    scores; None: the score itself.
    """

    task: Task
    networks: Networks
    data: Data
    inputs: Batch
    target: int
    against: int | None = None


@dataclass(frozen=True)
class Explanation:
    """The answer: attributions as `Attribution` says (`core/values.py`).

    `score` is the explained number for this input; `gap` is score(x) - score(baseline) - Σ attributions, for
    methods that promise completeness; `note` tells a student how to read it. `under` is what the attributions lie over,
    where that is not the input as a person reads it (a spectrogram).
    """

    values: Array
    kind: Attribution
    score: float
    note: str
    gap: float | None = None
    under: Array | None = None
    more: dict[str, Array] = field(default_factory=dict)


class Onlooker(Protocol):
    """A `Step` that also wants to see what was found so far, while the rest is still being asked. It is known by having
    `so_far`: to check a protocol takes longer than some networks do."""

    def so_far(self, made: Callable[[], Explanation]) -> None:
        """`made` gives the explanation from all that was asked until now. It is called only when it is wanted."""


def offer(step: Step, made: Callable[[], Explanation]) -> None:
    """Let the one who is told of each step see the explanation so far, where they want it."""
    if hasattr(step, "so_far"):
        cast(Onlooker, step).so_far(made)


class Explainer(Part, family="explainers"):
    """Why did it decide so? One method with its settings."""

    paper: ClassVar[str]
    #: One or two sentences for students: what the method asks and how to read it.
    reading: ClassVar[str]
    #: When it misleads, in a sentence or two for students.
    misleads: ClassVar[str]
    #: What it costs: how often the network is asked, in words ("one pass there and back", "`samples` answers").
    cost: ClassVar[str]
    needs: ClassVar[Needs] = "answers"
    #: Whether attributions have a sign: False, they only say how much, not whether for or against.
    signed: ClassVar[bool] = True
    #: Whether it may stand among the methods that are chosen at first; False for those known to mislead often.
    trusted: ClassVar[bool] = True

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        """Why it cannot explain this, in a sentence; None: it can."""
        raise NotImplementedError

    def weak(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        """Why trials seldom bear it out on such a network, in a sentence; None: nothing is known against it. Asked
        only where it can explain. A weak method stays on offer; it is not chosen at first."""
        return None

    def explain(self, question: Question, step: Step) -> Explanation:
        """Answer the question, calling `step` as it goes; one that asks for long offers what it has found so far."""
        raise NotImplementedError


def sole_input(fields: Fields) -> str | None:
    """The name of the only input, or None where there are several."""
    return next(iter(fields.inputs)) if len(fields.inputs) == 1 else None
