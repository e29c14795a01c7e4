"""BagOfEmbeddings: the mean of the words' rows decides."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.tasks.text_starters import bag
from dlviz.templates.template import Template
from dlviz.templates.texts import one_text


class BagOfEmbeddings(Template):
    """Takes the mean of the words' rows of numbers, whatever their order, and judges it with a small network. It learns
    in seconds and is hard to beat where single words tell.

    The deep averaging network of the paper with one hidden layer of 64 in place of three of 300, rows learned from the
    start, and dropout of one half before the last layer; whole words are hidden by the augmentation `WordDropout`.
    """

    title: ClassVar[str] = "Bag of embeddings"
    paper: ClassVar[str] = "Iyyer et al., Deep unordered composition rivals syntactic methods (2015)"
    year: ClassVar[int] = 2015

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_text(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        return {"model": graph(bag())}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToyText", "rule": "word"}}
