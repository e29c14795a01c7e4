"""Crnn: convolutions that see, and a recurrent layer that reads what they saw."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.core.values import Audio
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.audio_starters import crnn
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.templates.sounds import one_sound
from dlviz.templates.template import Template


class Crnn(Template):
    """Convolutions look for patterns in the picture of a sound, and a GRU reads them moment by moment: for sounds in
    which the order matters, as in words and melodies.

    As in the paper: a log-mel picture, convolutions with batch normalisation and pooling, gated recurrent units over
    time. Unlike it: two convolutions in place of four, ReLU in place of ELU, and a GRU that reads in both directions
    and is averaged, in place of the last state of two.
    """

    title: ClassVar[str] = "CRNN"
    paper: ClassVar[str] = "Choi et al., Convolutional recurrent neural networks for music classification (2017)"
    year: ClassVar[int] = 2017

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_sound(task, fields, self.title, least=64)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        (kind,) = fields.inputs.values()
        assert isinstance(kind, Audio)
        return {"model": graph(crnn(kind))}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToySounds"}}
