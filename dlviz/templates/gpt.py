"""Gpt: blocks of causal attention write on."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.language_starters import gpt
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.templates.suited import named
from dlviz.templates.template import Template


class Gpt(Template):
    """Every token looks at those before it, block after block; at each step it says which token comes next. Drawn
    from, token by token, it writes.

    The paper's decoder in small: 4 blocks of 4 heads and 128 features instead of 12 of 12 and 768, normalised before
    attention as its successor does (Radford et al. 2019), trained on one text alone.
    """

    title: ClassVar[str] = "GPT"
    paper: ClassVar[str] = "Radford et al., Improving language understanding by generative pre-training (2018)"
    year: ClassVar[int] = 2018

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        if task.kind() == "LanguageModel":
            return None
        return f"{self.title} writes a text on, token by token; this data has {named(fields)}."

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        return {"model": graph(gpt(128, 4))}

    def recipe(self, task: Task, fields: Fields) -> dict[str, Any]:
        """Smaller steps than a network of half its size."""
        made = task.recipe(fields)
        optimizer = {"kind": "AdamW", "lr": 0.001, "weight_decay": 0.1}
        return {**made, "optimization": {**made["optimization"], "optimizer": optimizer}}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToyWriting"}}
