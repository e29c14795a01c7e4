"""What the templates for texts share."""

from __future__ import annotations

from dlviz.core.values import Tokens
from dlviz.datasets.data import Fields
from dlviz.tasks.task import Task
from dlviz.templates.suited import named, predicts


def one_text(task: Task, fields: Fields, title: str) -> str | None:
    """None where the only input is a text and the task asks for a class or a number."""
    kinds = list(fields.inputs.values())
    if len(kinds) != 1 or not isinstance(kinds[0], Tokens):
        return f"{title} reads one text; this data has {named(fields)}."
    return predicts(task, fields, title)
