"""ConvolutionalAutoencoder: the bottleneck of a picture that keeps what lies side by side."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.reconstruction_starters import convolutional_autoencoder
from dlviz.tasks.task import Task
from dlviz.templates.suited import one_picture, picture, reconstructs
from dlviz.templates.template import Template


class ConvolutionalAutoencoder(Template):
    """Convolutions that halve a picture down to a short code, and transposed ones that draw it again: filters in place
    of a weight for each pixel.

    As in the paper: trained whole, without labels. Unlike it: convolutions of stride 2 in place of max poolings, and a
    fully connected code of 32 numbers (8 for small pictures) in the middle.
    """

    title: ClassVar[str] = "Convolutional autoencoder"
    paper: ClassVar[str] = (
        "Masci, Meier, Cireşan & Schmidhuber, Stacked convolutional auto-encoders for hierarchical feature extraction "
        "(2011)"
    )
    year: ClassVar[int] = 2011
    task: ClassVar[dict[str, Any] | None] = {"kind": "Reconstruction"}

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_picture(fields, self.title, least=8, multiple=4) or reconstructs(task, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        kind = picture(fields)
        return {"model": convolutional_autoencoder(kind, 8 if kind.height * kind.width < 256 else 32)}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "Digits"}, "task": {"kind": "Reconstruction"}}
