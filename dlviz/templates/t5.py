"""T5: an encoder reads a text, a decoder writes another."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.sequence_starters import encoder_decoder
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.templates.suited import named
from dlviz.templates.template import Template


class T5(Template):
    """An encoder reads a text with attention, a decoder writes another, token by token: each of its blocks looks at
    what was written, then at what was read. For translations, summaries, questions and answers.

    The paper's form in small: 3 blocks of 4 heads and 128 features a side instead of 12 of 12 and 768, normalised
    before attention as there. Places are told by learned rows instead of relative positions, each side has a table of
    its own, and it learns one task from your data alone; the paper's network first learned to fill gaps in a large
    part of the web.
    """

    title: ClassVar[str] = "T5"
    paper: ClassVar[str] = (
        "Raffel et al., Exploring the limits of transfer learning with a unified text-to-text transformer (2020)"
    )
    year: ClassVar[int] = 2020

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        if task.kind() == "SequenceToSequence":
            return None
        return f"{self.title} reads one text and writes another; this data has {named(fields)}."

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        return {"model": graph(encoder_decoder(fields, 128, 3))}

    def recipe(self, task: Task, fields: Fields) -> dict[str, Any]:
        """Smaller steps than a network of half its depth."""
        made = task.recipe(fields)
        return {**made, "optimization": {**made["optimization"], "optimizer": {"kind": "AdamW", "lr": 0.001}}}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToyReversal", "size": 4000}}
