"""Mlp: the multilayer perceptron."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import Layers, graph, mlp
from dlviz.tasks.task import Task
from dlviz.templates.suited import numbers, predicts
from dlviz.templates.template import Template


class Mlp(Template):
    """Fully connected layers one after the other: the oldest network with a hidden layer, and still the first to try
    on tables.

    Every picture and sequence is laid out as one row, so it does not know which pixels lie side by side. The paper has
    sigmoid neurons; ReLU has taken their place (Glorot et al. 2011).
    """

    title: ClassVar[str] = "MLP"
    paper: ClassVar[str] = "Rumelhart, Hinton & Williams, Learning representations by back-propagating errors (1986)"
    year: ClassVar[int] = 1986

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return numbers(fields, self.title) or predicts(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        layers: Layers = []
        flat: list[str] = []
        for name, kind in fields.inputs.items():
            own = "input" if len(fields.inputs) == 1 else f"input{len(flat) + 1}"
            layers.append({"name": own, "kind": "Input", "field": name, "inputs": []})
            if len(kind.shape()) != 1:
                layers.append({"name": own.replace("input", "flatten"), "kind": "Flatten", "inputs": [own]})
            flat.append(str(layers[-1]["name"]))
        if len(flat) > 1:
            layers.append({"name": "concat", "kind": "Concat", "inputs": flat})
        many = sum(math.prod(kind.shape()) for kind in fields.inputs.values())
        widths = (16, 16) if many <= 4 else (64, 32) if many < 256 else (128, 64)
        return {"model": graph(layers + mlp(*widths))}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "Wine"}}
