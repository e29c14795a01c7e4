"""TransformerClassifier: attention reads a text."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.blocks import builtin
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.tasks.text_starters import OUTPUT, text_start
from dlviz.templates.template import Template
from dlviz.templates.texts import one_text


class TransformerClassifier(Template):
    """Every word looks at all others and gathers from those that matter to it, twice over; then their mean is judged.

    The encoder of the paper in small: 2 blocks of 4 heads and 64 features instead of 6 of 8 and 512, normalised before
    attention instead of after (Xiong et al. 2020). The paper translates; to judge the mean of all words is the usual
    short way to a class. On a few thousand texts it is no better than an LSTM; it shows its strength on more.
    """

    title: ClassVar[str] = "Transformer encoder"
    paper: ClassVar[str] = "Vaswani et al., Attention is all you need (2017)"
    year: ClassVar[int] = 2017

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_text(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        block = builtin()["TransformerEncoderBlock"].node(features=64, num_heads=4, hidden=128, dropout=0.1)
        layers: list[dict[str, Any]] = [
            *text_start(64),
            {"name": "position", "kind": "PositionalEncoding", "dropout": 0.1, "inputs": ["embedding"]},
            {"name": "encoder", **block, "repeat": 2, "inputs": ["position", "mask"]},
            {"name": "norm", "kind": "LayerNorm"},
            {"name": "pool", "kind": "PoolSteps", "mode": "mean", "inputs": ["norm", "mask"]},
            {"name": "dropout", "kind": "Dropout", "p": 0.3},
            OUTPUT,
        ]
        return {"model": graph(layers)}

    def recipe(self, task: Task, fields: Fields) -> dict[str, Any]:
        """With the steps growing first, since attention is easily thrown off at the start; fewer epochs and more hidden
        words than for others, since it soon knows a few thousand texts by heart."""
        made = task.recipe(fields)
        optimization = {
            **made.get("optimization", {}),
            "optimizer": {"kind": "AdamW", "lr": 0.002},
            "schedule": {"kind": "OneCycleLR"},
            "augmentations": [{"kind": "WordDropout", "p": 0.2}],
        }
        training = made.get("training", {})
        training = {**training, "epochs": max(4, round(0.6 * training.get("epochs", 10)))}
        return {**made, "optimization": optimization, "training": training}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToyText", "rule": "order"}}
