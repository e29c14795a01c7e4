"""How long and with what steps a spec trains that says nothing about it."""

from __future__ import annotations

from typing import Any

from dlviz.core.values import Image
from dlviz.datasets.data import Fields
from dlviz.tasks.starters import is_plane


def recipe(fields: Fields) -> dict[str, Any]:
    """For networks that predict a class or a number."""
    kind = next(iter(fields.inputs.values()))
    if isinstance(kind, Image):
        many = (fields.size or 0) > 20_000
        return {
            "optimization": {"optimizer": {"kind": "Adam", "lr": 0.001}},
            "training": {"epochs": 5 if many else 20, "batch_size": 128 if many else 32},
        }
    if is_plane(kind):
        return {
            "optimization": {"optimizer": {"kind": "Adam", "lr": 0.01}},
            "training": {"epochs": 100, "batch_size": 10},
        }
    return {
        "optimization": {"optimizer": {"kind": "Adam", "lr": 0.001}},
        "training": {"epochs": 50, "batch_size": 32},
    }
