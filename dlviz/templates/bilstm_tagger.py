"""BilstmTagger: LSTMs from both ends that say something of each word."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.tagging import Tagging
from dlviz.tasks.tagging_starters import bilstm
from dlviz.tasks.task import Task
from dlviz.templates.template import Template


class BilstmTagger(Template):
    """Two LSTMs read a sentence, one from each end; at each word their states stand side by side and tell its tag: a
    name, a part of speech.

    The paper also learns which tag may follow which (a conditional random field), and begins with word vectors learned
    from other texts; here each word's tag is chosen by itself.
    """

    title: ClassVar[str] = "Bidirectional LSTM tagger"
    paper: ClassVar[str] = "Huang, Xu & Yu, Bidirectional LSTM-CRF models for sequence tagging (2015)"
    year: ClassVar[int] = 2015

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        if isinstance(task, Tagging):
            return None
        return f"{self.title} says something of each word; the task {task.kind()} asks for something else."

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        return {"model": graph(bilstm(fields))}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToyEntities"}}
