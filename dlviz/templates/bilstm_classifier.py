"""BilstmClassifier: LSTMs that read from both ends."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.tasks.text_starters import OUTPUT, text_start
from dlviz.templates.template import Template
from dlviz.templates.texts import one_text


class BilstmClassifier(Template):
    """Two LSTMs read a text, one from each end, so that every word is judged with all that stands before and behind it.

    The paper labels each step of a sound; here the strongest answer of each feature over all steps stands for the text
    (Conneau et al. 2017).
    """

    title: ClassVar[str] = "Bidirectional LSTM"
    paper: ClassVar[str] = "Graves & Schmidhuber, Framewise phoneme classification with bidirectional LSTM (2005)"
    year: ClassVar[int] = 2005

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_text(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        layers: list[dict[str, Any]] = [
            *text_start(64, dropout=0.3),
            {"name": "lstm", "kind": "LSTM", "hidden_size": 64, "bidirectional": True, "inputs": ["dropout", "mask"]},
            {"name": "pool", "kind": "PoolSteps", "mode": "max", "inputs": ["lstm", "mask"]},
            {"name": "dropout2", "kind": "Dropout", "p": 0.5},
            OUTPUT,
        ]
        return {"model": graph(layers)}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToyText", "rule": "order"}}
