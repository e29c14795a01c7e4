"""The recipe of deep networks with batch normalisation."""

from __future__ import annotations

from typing import Any

from dlviz.datasets.data import Fields
from dlviz.tasks.task import Task


def deep(task: Task, fields: Fields) -> dict[str, Any]:
    """The task's recipe with a rate that rises and falls: deep networks start gently, then take larger steps than
    shallow ones, and need to come to rest (Smith 2018)."""
    recipe = task.recipe(fields)
    optimization = {"optimizer": {"kind": "Adam", "lr": 0.003}, "schedule": {"kind": "OneCycleLR"}}
    return {**recipe, "optimization": {**recipe.get("optimization", {}), **optimization}}
