"""Bert: attention in both directions fills gaps, and then tells classes."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.masked_starters import bert, judged
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.tasks.text_starters import OUTPUT
from dlviz.templates.template import Template
from dlviz.templates.texts import one_text


class Bert(Template):
    """Every token looks at all others, before and behind it, block after block. First it learns to guess hidden words,
    which needs no labels; begun with those weights, a network with the same trunk learns a class from fewer texts.

    The paper in small: 2 blocks of 4 heads and 96 features instead of 12 of 12 and 768, waves instead of learned rows
    for places, normalised before attention (Xiong et al. 2020), no guessing whether two sentences follow each other,
    and the mean of all tokens is judged, not a token of its own. For a class the layers up to `norm` have the same
    names and sizes as for gaps; `output` alone differs.
    """

    title: ClassVar[str] = "BERT"
    paper: ClassVar[str] = "Devlin et al., BERT: Pre-training of deep bidirectional transformers (2019)"
    year: ClassVar[int] = 2019
    task: ClassVar[dict[str, Any] | None] = {"kind": "MaskedLanguageModel"}

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        return None if task.kind() == "MaskedLanguageModel" else one_text(task, fields, self.title)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        trunk = bert(96, 2)
        return {"model": graph([*trunk, OUTPUT] if task.kind() == "MaskedLanguageModel" else judged(trunk))}

    def recipe(self, task: Task, fields: Fields) -> dict[str, Any]:
        """With the steps growing first: attention is easily thrown off at the start."""
        if task.kind() == "MaskedLanguageModel":
            return {}
        made = task.recipe(fields)
        optimization = {**made.get("optimization", {}), "optimizer": {"kind": "AdamW", "lr": 0.001}}
        return {**made, "optimization": {**optimization, "schedule": {"kind": "OneCycleLR"}}}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToyText", "rule": "order"}, "task": {"kind": "MaskedLanguageModel"}}
