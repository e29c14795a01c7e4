"""RnnClassifier: the plain recurrent network that judges a text at its end."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.tasks.text_starters import OUTPUT, text_start
from dlviz.templates.template import Template
from dlviz.templates.texts import one_text


class RnnClassifier(Template):
    """Reads a text word by word; each state is made of the word and the state before it, without gates. The strongest
    answer of each feature over all steps is judged.

    What stood far back is soon forgotten, since its gradient shrinks with every step (Bengio et al. 1994): its last
    state alone says less than all of them. Compare it with the LSTM, whose gates were made against that. The paper
    predicts the next word from each state.
    """

    title: ClassVar[str] = "RNN"
    paper: ClassVar[str] = "Elman, Finding structure in time (1990)"
    year: ClassVar[int] = 1990

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_text(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        layers: list[dict[str, Any]] = [
            *text_start(64, dropout=0.3),
            {"name": "rnn", "kind": "RNN", "hidden_size": 128, "inputs": ["dropout", "mask"]},
            {"name": "pool", "kind": "PoolSteps", "mode": "max", "inputs": ["rnn", "mask"]},
            {"name": "dropout2", "kind": "Dropout", "p": 0.5},
            OUTPUT,
        ]
        return {"model": graph(layers)}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToyText", "rule": "order"}}
