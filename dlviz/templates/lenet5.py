"""LeNet5: the first convolutional network in wide use."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.templates.suited import one_picture, picture, predicts
from dlviz.templates.template import Template


class LeNet5(Template):
    """Convolutions and poolings by turns, then fully connected layers: with it, banks read handwritten cheques in the
    nineties.

    As in the paper: 6 and 16 filters of 5×5, tanh, averages over 2×2, then 120 and 84 neurons. Unlike it: the second
    convolution sees all 6 channels, the poolings learn nothing, tanh is not scaled, and the output is a plain linear
    layer in place of distances to drawn digits. Pictures smaller than 32×32 get a rim of 2 pixels, as MNIST got there.
    """

    title: ClassVar[str] = "LeNet-5"
    paper: ClassVar[str] = (
        "LeCun, Bottou, Bengio & Haffner, Gradient-based learning applied to document recognition (1998)"
    )
    year: ClassVar[int] = 1998

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_picture(fields, self.title, least=16) or predicts(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        kind = picture(fields)
        rim = {"padding": 2} if min(kind.height, kind.width) < 32 else {}
        layers: list[dict[str, Any]] = [
            {"name": "input", "kind": "Input"},
            {"name": "conv1", "kind": "Conv2d", "out_channels": 6, "kernel_size": 5, **rim},
            {"name": "tanh1", "kind": "Tanh"},
            {"name": "pool2", "kind": "AvgPool2d", "kernel_size": 2},
            {"name": "conv3", "kind": "Conv2d", "out_channels": 16, "kernel_size": 5},
            {"name": "tanh3", "kind": "Tanh"},
            {"name": "pool4", "kind": "AvgPool2d", "kernel_size": 2},
            {"name": "flatten", "kind": "Flatten"},
            {"name": "fc5", "kind": "Linear", "out_features": 120},
            {"name": "tanh5", "kind": "Tanh"},
            {"name": "fc6", "kind": "Linear", "out_features": 84},
            {"name": "tanh6", "kind": "Tanh"},
            {"name": "output", "kind": "Linear", "out_features": "auto"},
        ]
        return {"model": graph(layers)}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "FashionMnist"}}
