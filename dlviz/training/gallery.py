"""Gallery: chosen examples with what the network says of them, so that pages need neither torch nor the data set."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from dlviz.core.files import write_json
from dlviz.core.values import Array, Audio, Category, Kind
from dlviz.datasets.data import Data
from dlviz.tasks.task import Networks, Task, at_a_time, in_batches
from dlviz.training.folder import RunFolder

#: How many examples a gallery holds; of long sounds fewer, so that they have about so many numbers together.
SIZE, _FEWEST, _NUMBERS = 300, 48, 10_000_000
#: Of how many classes an example tells the probability, where there are more.
CLASSES = 10


@torch.no_grad()
def write_gallery(run: RunFolder, task: Task, networks: Networks, data: Data, part: str) -> bool:
    """Write `gallery/<part>.json` and `gallery/<part>_inputs`; False where the task has nothing to explain.

    Classes: the wrong ones first, then the least certain, then the right ones, by turns of certainty.
    Numbers: the largest error first.
    """
    examples = data.part(part)
    if not task.targets(data.fields) or not data.fields.targets or not len(examples):
        return False
    name, kind = next(iter(data.fields.targets.items()))
    values = [
        task.predict(networks, batch, data.fields)[name].data
        for batch in in_batches(examples, at_a_time(examples, data.fields))
    ]
    predicted = np.concatenate(values)
    target = np.asarray(examples.columns[name].cpu().numpy())
    size = _size(next(iter(data.fields.inputs.values())))
    entries = _classes(predicted, target, size) if isinstance(kind, Category) else _numbers(predicted, target, size)
    shown = data.shown(part, [entry["index"] for entry in entries])
    folder = run.path / "gallery"
    shown[next(iter(data.fields.inputs))].save(folder / f"{part}_inputs")
    write_json(folder / f"{part}.json", entries)
    return True


def _size(kind: Kind) -> int:
    return min(SIZE, max(_FEWEST, _NUMBERS // kind.samples)) if isinstance(kind, Audio) else SIZE


def _classes(probabilities: Array, target: Array, size: int) -> list[dict[str, Any]]:
    """`probability`: that of the predicted class; `certainty`: how far it is ahead of the second; `probabilities`:
    (class, probability) of the likeliest classes, in falling order, and of the true one at least."""
    best = probabilities.argmax(1)
    ordered = np.sort(probabilities, axis=1)
    certainty = ordered[:, -1] - ordered[:, -2]
    wrong = np.flatnonzero(best != target)
    right = np.flatnonzero(best == target)
    wrong = wrong[np.argsort(-certainty[wrong], kind="stable")]  # surest and wrong: the most telling
    right = right[np.argsort(certainty[right], kind="stable")]  # least certain first
    if len(wrong) > size * 2 // 3:
        wrong = wrong[: size * 2 // 3]
    room = size - len(wrong)
    if len(right) > room:  # the uncertain half as they are, the sure ones spread over all
        half = room // 2
        rest = right[half:]
        right = np.concatenate([right[:half], rest[np.linspace(0, len(rest) - 1, room - half).astype(int)]])
    return [
        {
            "index": int(at),
            "target": int(target[at]),
            "prediction": int(best[at]),
            "probability": float(ordered[at, -1]),
            "certainty": float(certainty[at]),
            "probabilities": _likeliest(probabilities[at], int(target[at])),
        }
        for at in [*wrong, *right]
    ]


def _likeliest(probabilities: Array, target: int) -> list[tuple[int, float]]:
    order = [int(label) for label in np.argsort(-probabilities, kind="stable")[:CLASSES]]
    if target not in order:
        order[-1] = target
    return [(label, float(probabilities[label])) for label in order]


def _numbers(predicted: Array, target: Array, size: int) -> list[dict[str, Any]]:
    """`error`: prediction minus target, in the target's unit; `certainty`: 1 for no error, 0 for the largest."""
    error = predicted.reshape(len(target), -1)[:, 0] - target.reshape(len(target), -1)[:, 0]
    order = np.argsort(-np.abs(error), kind="stable")
    largest = max(float(np.abs(error).max()), 1e-12)
    if len(order) > size:
        order = order[np.linspace(0, len(order) - 1, size).astype(int)]
    return [
        {
            "index": int(at),
            "target": float(target.reshape(len(target), -1)[at, 0]),
            "prediction": float(predicted.reshape(len(target), -1)[at, 0]),
            "error": float(error[at]),
            "certainty": 1 - abs(float(error[at])) / largest,
        }
        for at in order
    ]
