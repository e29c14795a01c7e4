"""ResNet20: residual blocks, as He et al. have them for small pictures."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.blocks import builtin
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.templates.rates import one_cycle
from dlviz.templates.suited import one_picture, predicts
from dlviz.templates.template import Template


class ResNet20(Template):
    """Twenty layers with weights, in pairs that only add a correction to what came in: shortcuts let the gradient
    through, and depth helps where it used to harm.

    As in the paper (its section 4.2, n = 3): 16, 32 and 64 channels in three stages of three residual blocks, a global
    average, one linear layer; 0.27 million weights on 3×32×32. Unlike it: where the picture is halved the shortcut is a
    1×1 convolution (option B), not padding with zeros (option A).
    """

    title: ClassVar[str] = "ResNet-20"
    paper: ClassVar[str] = "He, Zhang, Ren & Sun, Deep residual learning for image recognition (2016)"
    year: ClassVar[int] = 2016

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_picture(fields, self.title, least=8) or predicts(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        blocks = builtin()
        residual, down = blocks["Residual"], blocks["ResidualDown"]
        layers: list[dict[str, Any]] = [
            {"name": "input", "kind": "Input"},
            {"name": "stem", **blocks["ConvNormAct"].node(channels=16)},
            {"name": "stage1", **residual.node(channels=16), "repeat": 3},
            {"name": "down2", **down.node(channels=32)},
            {"name": "stage2", **residual.node(channels=32), "repeat": 2},
            {"name": "down3", **down.node(channels=64)},
            {"name": "stage3", **residual.node(channels=64), "repeat": 2},
            {"name": "pool", "kind": "AdaptiveAvgPool2d", "output_size": 1},
            {"name": "flatten", "kind": "Flatten"},
            {"name": "output", "kind": "Linear", "out_features": "auto"},
        ]
        return {"model": graph(layers)}

    def recipe(self, task: Task, fields: Fields) -> dict[str, Any]:
        return one_cycle(task, fields, 0.003)

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "Digits"}}
