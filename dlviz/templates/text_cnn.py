"""TextCnn: convolutions over words."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.tasks.text_starters import text_cnn
from dlviz.templates.template import Template
from dlviz.templates.texts import one_text


class TextCnn(Template):
    """Filters that look for phrases of a few words, anywhere in a text: quick, and strong at telling what a text is
    about or whether it praises.

    As in the paper: filters of several widths side by side, the strongest answer of each over the whole text, dropout
    of one half. Unlike it: widths 3, 5 and 7 instead of 3, 4 and 5, since odd ones keep the length; 64 numbers a word
    and 64 filters a width instead of 300 and 100, learned from the start.
    """

    title: ClassVar[str] = "Text CNN"
    paper: ClassVar[str] = "Kim, Convolutional neural networks for sentence classification (2014)"
    year: ClassVar[int] = 2014

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return one_text(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        return {"model": graph(text_cnn((3, 5, 7)))}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToyText"}}
