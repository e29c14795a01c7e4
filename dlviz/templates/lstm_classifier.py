"""LstmClassifier: a long short-term memory that judges a text at its end."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.tasks.text_starters import OUTPUT, text_start
from dlviz.templates.template import Template
from dlviz.templates.texts import one_text


class LstmClassifier(Template):
    """Reads a text word by word with a memory that gates guard, and judges from what it remembers at the end.

    With the gate to forget that Gers et al. (2000) added, as torch has it. The words are looked up in a table that is
    learned along; dropout before and after.
    """

    title: ClassVar[str] = "LSTM"
    paper: ClassVar[str] = "Hochreiter & Schmidhuber, Long short-term memory (1997)"
    year: ClassVar[int] = 1997

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_text(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        layers: list[dict[str, Any]] = [
            *text_start(64, dropout=0.3),
            {"name": "lstm", "kind": "LSTM", "hidden_size": 128, "output": "last", "inputs": ["dropout", "mask"]},
            {"name": "dropout2", "kind": "Dropout", "p": 0.5},
            OUTPUT,
        ]
        return {"model": graph(layers)}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToyText", "rule": "order"}}
