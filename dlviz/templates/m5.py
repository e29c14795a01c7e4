"""M5: convolutions on the bare waveform."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.core.values import Audio
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.templates.sounds import one_sound
from dlviz.templates.template import Template


class M5(Template):
    """Convolutions on the bare waveform: nobody tells the network what a pitch is, it must find filters for it itself.
    Compare its first filters and its figures with those of a network that begins with LogMel.

    As in the paper: a first filter of 80 samples, then filters of 3, a batch normalisation after each, pooling by 4,
    and the mean over time in place of fully connected layers. Unlike it: a quarter of the filters, for small data and
    processors, and so few blocks that short sounds are not pooled away.
    """

    title: ClassVar[str] = "M5"
    paper: ClassVar[str] = "Dai et al., Very deep convolutional neural networks for raw waveforms (2017)"
    year: ClassVar[int] = 2017

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_sound(task, fields, self.title, least=400)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        (kind,) = fields.inputs.values()
        assert isinstance(kind, Audio)
        layers: list[dict[str, Any]] = [
            {"name": "input", "kind": "Input"},
            {"name": "wave", "kind": "Reshape", "shape": [1, -1]},
        ]
        steps = kind.samples
        for number, (channels, size, stride) in enumerate(((32, 80, 4), (32, 3, 1), (64, 3, 1), (128, 3, 1)), 1):
            steps = (steps + 2 * (size // 2) - size) // stride + 1
            if number > 2 and steps < 4:
                break
            layers += [
                {
                    "name": f"conv{number}", "kind": "Conv1d", "out_channels": channels, "kernel_size": size,
                    "stride": stride, "padding": size // 2,
                },
                {"name": f"norm{number}", "kind": "BatchNorm1d"},
                {"name": f"relu{number}", "kind": "ReLU"},
                {"name": f"pool{number}", "kind": "MaxPool1d", "kernel_size": 4},
            ]  # fmt: skip
            steps //= 4
        layers += [
            {"name": "over_time", "kind": "AdaptiveAvgPool1d", "output_size": 1},
            {"name": "flatten", "kind": "Flatten"},
            {"name": "output", "kind": "Linear", "out_features": "auto"},
        ]
        return {"model": graph(layers)}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToySounds"}}
