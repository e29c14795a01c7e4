"""What a template part is: a network that many know, drawn for the data at hand."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.core.part import Part
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.task import Task


class Template(Part, family="templates"):
    """A well-known network to start from, in the sizes that suit the data.

    The docstring's first paragraph tells a student what it is and what it is good for; the rest says how it departs
    from its paper.
    """

    #: Its name as the field writes it: "LeNet-5".
    title: ClassVar[str]
    #: Where it was first told, "Authors, Title (year)".
    paper: ClassVar[str]
    #: The year of that paper: the gallery shows templates in the order of history.
    year: ClassVar[int]
    #: The document of the task that it is made for, where that is not the one the data choose; a gallery may change to
    #: it.
    task: ClassVar[dict[str, Any] | None] = None

    def why_not(self, task: Task, fields: Fields) -> str | None:
        """Why it cannot serve this task on such data, in a sentence; None: it can. Never raises."""
        if not fields.inputs:
            return "A network needs something to look at; this data has no input."
        return task.why_not(fields) or self.unsuited(task, fields)

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        """The same, where the task itself can learn from the data from at least one input."""
        raise NotImplementedError

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        """A graph for each role of the task, without any problem, where `why_not` is None."""
        raise NotImplementedError

    def recipe(self, task: Task, fields: Fields) -> dict[str, Any]:
        """What it trains with where the task's recipe does not suit it; in the form of `Task.recipe`, {} else."""
        return {}

    def example(self) -> dict[str, Any]:
        """`data`, and `task` where it is not the one the data choose, of a spec that it fits."""
        raise NotImplementedError
