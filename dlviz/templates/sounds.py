"""What templates for sounds ask of their data."""

from __future__ import annotations

from dlviz.core.values import Audio
from dlviz.datasets.data import Fields
from dlviz.tasks.task import Task
from dlviz.templates.suited import named, predicts


def one_sound(task: Task, fields: Fields, title: str, least: int) -> str | None:
    """None where a class or a number is predicted from one sound of at least `least` samples."""
    kinds = list(fields.inputs.values())
    if len(kinds) != 1 or not isinstance(kinds[0], Audio):
        return f"{title} listens to one sound; this data has {named(fields)}."
    if kinds[0].samples < least:
        return f"{title} needs sounds of at least {least:,} samples; these have {kinds[0].samples:,}."
    return predicts(task, fields, title)
