"""GruClassifier: gated recurrent units that judge a text at its end."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.tasks.text_starters import OUTPUT, text_start
from dlviz.templates.template import Template
from dlviz.templates.texts import one_text


class GruClassifier(Template):
    """Reads a text word by word with two gates instead of an LSTM's three: a quarter fewer weights, mostly as good.

    The paper has it as the reading half of a translator; here a linear layer judges its last state.
    """

    title: ClassVar[str] = "GRU"
    paper: ClassVar[str] = "Cho et al., Learning phrase representations using RNN encoder-decoder (2014)"
    year: ClassVar[int] = 2014

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_text(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        layers: list[dict[str, Any]] = [
            *text_start(64, dropout=0.3),
            {"name": "gru", "kind": "GRU", "hidden_size": 128, "output": "last", "inputs": ["dropout", "mask"]},
            {"name": "dropout2", "kind": "Dropout", "p": 0.5},
            OUTPUT,
        ]
        return {"model": graph(layers)}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToyText", "rule": "order"}}
