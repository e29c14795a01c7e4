"""Recipes of networks that need another learning rate than the task's own starters."""

from __future__ import annotations

from typing import Any

from dlviz.datasets.data import Fields
from dlviz.tasks.task import Task


def one_cycle(task: Task, fields: Fields, rate: float) -> dict[str, Any]:
    """The task's recipe with Adam at a rate that rises to `rate` and falls to rest: deep networks must start gently,
    and then bear larger steps (Smith 2018)."""
    recipe = task.recipe(fields)
    optimization = {"optimizer": {"kind": "Adam", "lr": rate}, "schedule": {"kind": "OneCycleLR"}}
    return {**recipe, "optimization": {**recipe.get("optimization", {}), **optimization}}
