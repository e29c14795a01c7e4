"""What a study is: anything one may want to see of a trained network beside the attribution of one prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from dlviz.core.part import Part
from dlviz.core.values import Value
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Question, Step
from dlviz.tasks.task import Networks, Task
from dlviz.training.folder import RunFolder
from dlviz.training.restore import Restored

#: What it is about: one example, or the network as a whole.
About = Literal["example", "network"]
#: Under which heading a page offers it.
Group = Literal["attention", "what if", "examples", "concepts", "inside", "columns", "report"]


@dataclass(frozen=True)
class Inquiry:
    """What a study is asked about: the question (its example, target, networks as copies), where its example lies, and
    the run, for those that need its other checkpoints. `run`, `restored` are None for networks without a run."""

    question: Question
    part: str
    index: int
    run: RunFolder | None = None
    restored: Restored | None = None


@dataclass(frozen=True)
class Finding:
    """What a study found: values to draw in their order, each with a title and a note for students, and numbers by name
    that a table or a script may want."""

    says: str
    shown: list[Value]
    numbers: Mapping[str, object] = field(default_factory=dict)


class Study(Part, family="studies"):
    """A look at a trained network, with its settings."""

    paper: ClassVar[str]
    reading: ClassVar[str]
    misleads: ClassVar[str]
    cost: ClassVar[str]
    about_what: ClassVar[About] = "example"
    group: ClassVar[Group]

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        """Why it cannot be made of this, in a sentence; None: it can."""
        raise NotImplementedError

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        """Make it, calling `step` as it goes. Raises `WrongInput`."""
        raise NotImplementedError
