"""Vae: the variational autoencoder."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import Layers, graph
from dlviz.tasks.task import Task
from dlviz.templates.suited import varies
from dlviz.templates.template import Template


class Vae(Template):
    """An encoder that says where in a space of codes an example may lie, and a decoder that makes an example of any
    point of it: so new examples come out of pure chance.

    As in the paper: one hidden layer in each network, of 500 neurons for large examples and fewer for small ones; mean
    and log variance of the code come out linear. Unlike it: ReLU in place of tanh, with which the same network gets
    further in the same time.
    """

    title: ClassVar[str] = "VAE"
    paper: ClassVar[str] = "Kingma & Welling, Auto-encoding variational Bayes (2014)"
    year: ClassVar[int] = 2014
    task: ClassVar[dict[str, Any] | None] = {"kind": "Reconstruction", "variant": "variational"}

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return varies(task, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        (kind,) = fields.inputs.values()
        shape, numbers = list(kind.shape()), math.prod(kind.shape())
        hidden: Layers = [
            {"name": "hidden", "kind": "Linear", "out_features": 64 if numbers < 16 else 256 if numbers < 256 else 500},
            {"name": "relu", "kind": "ReLU"},
        ]
        start: Layers = [{"name": "input", "kind": "Input"}]
        flat: Layers = [{"name": "flatten", "kind": "Flatten"}] if len(shape) > 1 else []
        back: Layers = [{"name": "example", "kind": "Reshape", "shape": shape}] if len(shape) > 1 else []
        return {
            "encoder": graph([*start, *flat, *hidden, {"name": "output", "kind": "Linear", "out_features": "auto"}]),
            "decoder": graph([*start, *hidden, {"name": "output", "kind": "Linear", "out_features": numbers}, *back]),
        }

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "Digits"}, "task": {"kind": "Reconstruction", "variant": "variational"}}
