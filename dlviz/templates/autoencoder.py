"""Autoencoder: through a bottleneck and back."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.reconstruction_starters import dense_autoencoder
from dlviz.tasks.task import Task
from dlviz.templates.suited import reconstructs
from dlviz.templates.template import Template


class Autoencoder(Template):
    """Fully connected layers that grow narrower down to a code of few numbers, and wider again to the example: what
    passes the bottleneck is what matters.

    As in the paper: the code layer is linear, and the halves mirror each other. Unlike it: two hidden layers of 256 and
    128 neurons (fewer for small examples) in place of 1000, 500 and 250, ReLU in place of sigmoids, no pretraining.
    """

    title: ClassVar[str] = "Autoencoder"
    paper: ClassVar[str] = "Hinton & Salakhutdinov, Reducing the dimensionality of data with neural networks (2006)"
    year: ClassVar[int] = 2006
    task: ClassVar[dict[str, Any] | None] = {"kind": "Reconstruction"}

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return reconstructs(task, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        (kind,) = fields.inputs.values()
        numbers = 1
        for size in kind.shape():
            numbers *= size
        code = 1 if numbers < 4 else 2 if numbers < 16 else 8 if numbers < 256 else 30
        return {"model": dense_autoencoder(kind, code)}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "Digits"}, "task": {"kind": "Reconstruction"}}
