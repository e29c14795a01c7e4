"""MobileNet: convolutions taken apart, so that they run on a phone."""

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

#: A convolution in two steps: each channel by itself (depthwise), then all channels at each pixel (pointwise).
_NODES: list[dict[str, Any]] = [
    {"name": "input", "kind": "Input", "inputs": []},
    {"name": "depthwise", "kind": "Conv2d", "out_channels": "$came", "groups": "$came", "kernel_size": 3, "padding": 1,
     "stride": "$stride", "bias": False, "inputs": ["input"]},
    {"name": "norm1", "kind": "BatchNorm2d", "inputs": ["depthwise"]},
    {"name": "relu1", "kind": "ReLU", "inputs": ["norm1"]},
    {"name": "pointwise", "kind": "Conv2d", "out_channels": "$channels", "kernel_size": 1, "bias": False,
     "inputs": ["relu1"]},
    {"name": "norm2", "kind": "BatchNorm2d", "inputs": ["pointwise"]},
    {"name": "relu2", "kind": "ReLU", "inputs": ["norm2"]},
]  # fmt: skip


class MobileNet(Template):
    """Each convolution is taken apart: first every channel alone, then all channels at every pixel. That costs about an
    eighth of what a whole 3×3 convolution does, and learns nearly as well.

    As in the paper: depthwise separable convolutions with batch normalisation and ReLU behind both halves, strides in
    place of poolings, a global average, one linear layer. Unlike it: 16 to 128 channels in place of 32 to 1024, 8
    blocks in place of 13, and no stride before the first blocks, since the pictures here are small already.
    """

    title: ClassVar[str] = "MobileNet, small"
    paper: ClassVar[str] = (
        "Howard et al., MobileNets: Efficient convolutional neural networks for mobile vision applications (2017)"
    )
    year: ClassVar[int] = 2017

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_picture(fields, self.title, least=8) or predicts(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        layers: list[dict[str, Any]] = [
            {"name": "input", "kind": "Input"},
            {"name": "stem", **builtin()["ConvNormAct"].node(channels=16)},
            {"name": "separable1", **separable(16, 32)},
            {"name": "separable2", **separable(32, 64, stride=2)},
            {"name": "separable3", **separable(64, 64)},
            {"name": "separable4", **separable(64, 128, stride=2)},
            {"name": "separable5", **separable(128, 128), "repeat": 4},
            {"name": "pool", "kind": "AdaptiveAvgPool2d", "output_size": 1},
            {"name": "flatten", "kind": "Flatten"},
            {"name": "output", "kind": "Linear", "out_features": "auto"},
        ]
        return {"model": graph(layers)}

    def recipe(self, task: Task, fields: Fields) -> dict[str, Any]:
        return one_cycle(task, fields, 0.003)

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "Digits"}}


def separable(came: int, channels: int, stride: int = 1) -> dict[str, Any]:
    """A depthwise separable convolution from `came` channels to `channels`, as a block without name and inputs."""
    settings = {"came": came, "channels": channels, "stride": stride}
    return {"kind": "Block", "title": "DepthwiseSeparable", "settings": settings, "nodes": _NODES}
