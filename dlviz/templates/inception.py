"""Inception: several windows side by side."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.blocks import builtin
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.templates.rates import one_cycle
from dlviz.templates.suited import one_picture, picture, predicts
from dlviz.templates.template import Template


class Inception(Template):
    """Blocks that look through windows of 1, 3 and 5 pixels side by side and let the next layer choose: what GoogLeNet
    is built of.

    As in the paper: blocks with 1×1 convolutions before the larger windows, their widths in its proportions, a pooling
    between the stages, a global average, dropout of 0.4 and one linear layer. Unlike it: two stages of two blocks in
    place of three with nine, a quarter of the channels, no stride at the start, no helping outputs halfway, but batch
    normalisation behind each block, which its second version brought (Ioffe & Szegedy 2015).
    """

    title: ClassVar[str] = "Inception, small"
    paper: ClassVar[str] = "Szegedy et al., Going deeper with convolutions (2015)"
    year: ClassVar[int] = 2015

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_picture(fields, self.title, least=8) or predicts(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        kind = picture(fields)
        pool: dict[str, Any] = {"kind": "MaxPool2d", "kernel_size": 3, "stride": 2, "padding": 1}
        early = [{"name": "pool1", **pool}] if min(kind.height, kind.width) >= 20 else []
        layers: list[dict[str, Any]] = [
            {"name": "input", "kind": "Input"},
            {"name": "stem", **builtin()["ConvNormAct"].node(channels=32)},
            *early,
            {"name": "inception3a", **_block(16, 24, 32, 4, 8, 8)},
            {"name": "norm3a", "kind": "BatchNorm2d"},
            {"name": "inception3b", **_block(32, 32, 48, 8, 24, 16)},
            {"name": "norm3b", "kind": "BatchNorm2d"},
            {"name": "pool3", **pool},
            {"name": "inception4a", **_block(48, 24, 52, 4, 12, 16)},
            {"name": "norm4a", "kind": "BatchNorm2d"},
            {"name": "inception4b", **_block(40, 28, 56, 6, 16, 16)},
            {"name": "norm4b", "kind": "BatchNorm2d"},
            {"name": "pool", "kind": "AdaptiveAvgPool2d", "output_size": 1},
            {"name": "flatten", "kind": "Flatten"},
            {"name": "dropout", "kind": "Dropout", "p": 0.4},
            {"name": "output", "kind": "Linear", "out_features": "auto"},
        ]
        return {"model": graph(layers)}

    def recipe(self, task: Task, fields: Fields) -> dict[str, Any]:
        return one_cycle(task, fields, 0.003)

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "Digits"}}


def _block(ones: int, threes_before: int, threes: int, fives_before: int, fives: int, pooled: int) -> dict[str, Any]:
    """A block with the widths in the order of the paper's table 1."""
    return builtin()["Inception"].node(
        ones=ones, threes_before=threes_before, threes=threes, fives_before=fives_before, fives=fives, pooled=pooled
    )
