"""Vgg: small filters, many of them, one after the other."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import Layers, graph
from dlviz.tasks.task import Task
from dlviz.templates.rates import one_cycle
from dlviz.templates.suited import one_picture, picture, predicts
from dlviz.templates.template import Template


class Vgg(Template):
    """Nothing but 3×3 convolutions, two at a time, then a pooling: two of them see as far as one of 5×5, with fewer
    weights and one more bend.

    As in the paper: after each pooling twice as many filters, and a head of two wide layers with dropout. Unlike it:
    stages of 32, 64, 128 … filters in place of 64 to 512, as many stages as the picture has room for, heads of 256 in
    place of 4096 neurons. Weights start as He et al. (2015) have it.
    """

    title: ClassVar[str] = "VGG, small"
    paper: ClassVar[str] = (
        "Simonyan & Zisserman, Very deep convolutional networks for large-scale image recognition (2015)"
    )
    year: ClassVar[int] = 2015

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_picture(fields, self.title, least=4) or predicts(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        kind = picture(fields)
        stages = min(int(math.log2(min(kind.height, kind.width) / 2)), 4)
        layers: Layers = [{"name": "input", "kind": "Input"}]
        three: dict[str, Any] = {"kind": "Conv2d", "kernel_size": 3, "padding": 1, "init": "kaiming"}
        for stage in range(1, stages + 1):
            for number in (1, 2):
                layers.append({"name": f"conv{stage}_{number}", "out_channels": 16 * 2**stage, **three})
                layers.append({"name": f"relu{stage}_{number}", "kind": "ReLU"})
            layers.append({"name": f"pool{stage}", "kind": "MaxPool2d", "kernel_size": 2})
        layers.append({"name": "flatten", "kind": "Flatten"})
        for number in (1, 2):
            layers += [
                {"name": f"fc{number}", "kind": "Linear", "out_features": 256, "init": "kaiming"},
                {"name": f"relu_fc{number}", "kind": "ReLU"},
                {"name": f"dropout{number}", "kind": "Dropout"},
            ]
        return {"model": graph([*layers, {"name": "output", "kind": "Linear", "out_features": "auto"}])}

    def recipe(self, task: Task, fields: Fields) -> dict[str, Any]:
        return one_cycle(task, fields, 0.001)

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "Digits"}}
