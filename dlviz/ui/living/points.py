"""The examples of a run on data of the plane, to lie as dots on what its network answers."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from dlviz.datasets.data import Data

#: Dots of each part at most.
MOST = 500


def points(data: dict[str, Any], seed: int) -> dict[str, Any]:
    """{"train": [[x, y, target], …], "validation": …} in the data's own units, of `data` divided by `seed`; {} where
    examples are no points of the plane."""
    return _points(json.dumps(data, sort_keys=True), seed)


@lru_cache(maxsize=8)
def _points(data: str, seed: int) -> dict[str, Any]:
    from dlviz.ui import experiment

    loaded = experiment.dataset(json.loads(data)).load(seed)
    column = loaded.train.columns[next(iter(loaded.fields.inputs))]
    if column.ndim != 2 or column.shape[1] != 2 or not len(column):
        return {}
    return {part: _part(loaded, part) for part in ("train", "validation")}


def _part(data: Data, part: str) -> list[list[float]]:
    from dlviz.tasks.plane import in_own_units

    examples = data.part(part)
    points = examples.columns[next(iter(data.fields.inputs))][:MOST]
    own = in_own_units(points, data)
    at = np.asarray(points if own is None else own, dtype=float)
    target = next(iter(data.fields.targets), None)
    if target is not None:
        labels = np.asarray(examples.columns[target][:MOST], dtype=float).reshape(len(at), -1)
        at = np.column_stack([at, labels[:, 0]])
    return [[round(float(value), 4) for value in row] for row in at if np.isfinite(row).all()]
