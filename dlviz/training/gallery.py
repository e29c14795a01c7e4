"""Gallery: chosen examples with what the network says of them, so that pages need neither torch nor the data set."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from dlviz.core.files import write_json
from dlviz.core.values import Array, Audio, Category, Kind, Notes, Scalar, Series, Text
from dlviz.datasets.data import Data
from dlviz.tasks.task import Networks, Task, at_a_time, in_batches
from dlviz.tasks.told import Told
from dlviz.training.folder import RunFolder

#: How many examples a gallery holds; of long sounds fewer, so that they have about so many numbers together.
SIZE, _FEWEST, _NUMBERS = 300, 48, 10_000_000
#: Of how many classes an example tells the probability, where there are more.
CLASSES = 10
#: From so many examples, spread over the part, those are chosen whose answer takes words to tell.
_AMONG = 1000


@torch.no_grad()
def write_gallery(run: RunFolder, task: Task, networks: Networks, data: Data, part: str) -> bool:
    """Write `gallery/<part>.json` and `gallery/<part>_inputs`; False where the task has nothing to explain, or its
    examples cannot be shown.

    Classes: the wrong ones first, then the least certain, then the right ones, by turns of certainty.
    Numbers and forecasts: the largest error first.
    """
    examples = data.part(part)
    if not task.targets(data.fields) or not len(examples):
        return False
    entries = _entries(task, networks, data, part)
    if not entries:
        return False
    name = task.explains(data.fields) or next(iter(data.fields.inputs))
    shown = data.shown(part, [entry["index"] for entry in entries])[name]
    if "said" in entries[0] and not isinstance(shown.kind, Text | Audio | Series | Notes):
        return False
    folder = run.path / "gallery"
    shown.save(folder / f"{part}_inputs")
    write_json(folder / f"{part}.json", entries)
    return True


def _entries(task: Task, networks: Networks, data: Data, part: str) -> list[dict[str, Any]]:
    """The chosen examples; none where nothing is said of one that a page could show."""
    examples = data.part(part)
    size = _size(next(iter(data.fields.inputs.values())))
    entries = _worded(task, networks, data, part, size) if task.explains(data.fields) else []
    name, kind = next(iter(data.fields.targets.items()), ("", None))
    if entries or not isinstance(kind, Category | Scalar):
        return entries
    values = [
        task.predict(networks, batch, data.fields)[name].data
        for batch in in_batches(examples, at_a_time(examples, data.fields))
    ]
    predicted = np.concatenate(values)
    target = np.asarray(examples.columns[name].cpu().numpy())
    return _classes(predicted, target, size) if isinstance(kind, Category) else _numbers(predicted, target, size)


def _size(kind: Kind) -> int:
    return min(SIZE, max(_FEWEST, _NUMBERS // kind.samples)) if isinstance(kind, Audio) else SIZE


def _classes(probabilities: Array, target: Array, size: int) -> list[dict[str, Any]]:
    """`probability`: that of the predicted class; `certainty`: how far it is ahead of the second; `probabilities`:
    (class, probability) of the likeliest classes, in falling order, and of the true one at least."""
    best = probabilities.argmax(1)
    ordered = np.sort(probabilities, axis=1)
    certainty = ordered[:, -1] - ordered[:, -2]
    return [
        {
            "index": int(at),
            "target": int(target[at]),
            "prediction": int(best[at]),
            "probability": float(ordered[at, -1]),
            "certainty": float(certainty[at]),
            "probabilities": _likeliest(probabilities[at], int(target[at])),
        }
        for at in _telling(best != target, certainty, size)
    ]


def _telling(wrong: Array, certainty: Array, size: int) -> Array:
    """The places of the most telling examples: the wrong ones, the surest first, then the right ones."""
    misses, hits = np.flatnonzero(wrong), np.flatnonzero(~wrong)
    misses = misses[np.argsort(-certainty[misses], kind="stable")]  # surest and wrong: the most telling
    hits = hits[np.argsort(certainty[hits], kind="stable")]  # least certain first
    if len(misses) > size * 2 // 3:
        misses = misses[: size * 2 // 3]
    room = size - len(misses)
    if len(hits) > room:  # the uncertain half as they are, the sure ones spread over all
        half = room // 2
        rest = hits[half:]
        hits = np.concatenate([hits[:half], rest[np.linspace(0, len(rest) - 1, room - half).astype(int)]])
    return np.concatenate([misses, hits])


def _worded(task: Task, networks: Networks, data: Data, part: str, size: int) -> list[dict[str, Any]]:
    """Examples whose answer takes words: `said`, `true`, `wrong`, `certainty`, `error` and `choices`, what one may ask
    about; `prediction` is the target that is explained where nothing else is chosen."""
    examples = data.part(part)
    among = np.linspace(0, len(examples) - 1, min(_AMONG, len(examples))).round().astype(int)
    told: list[Told] = []
    for own in np.array_split(among, max(1, -(-len(among) // at_a_time(examples, data.fields)))):
        found = task.told(networks, examples.batch(torch.from_numpy(own)), data.fields)
        if found is None:
            return []
        told += found
    errors = np.array([one.error or 0.0 for one in told])
    if told[0].error is None:
        certainty = np.array([one.certainty for one in told])
        order = _telling(np.array([bool(one.wrong) for one in told]), certainty, size)
    else:
        certainty = 1 - errors / max(float(errors.max()), 1e-12)
        order = _largest(errors, size)
    return [
        {**told[at].document(), "index": int(among[at]), "certainty": float(certainty[at])} for at in order.tolist()
    ]


def _likeliest(probabilities: Array, target: int) -> list[tuple[int, float]]:
    order = [int(label) for label in np.argsort(-probabilities, kind="stable")[:CLASSES]]
    if target not in order:
        order[-1] = target
    return [(label, float(probabilities[label])) for label in order]


def _numbers(predicted: Array, target: Array, size: int) -> list[dict[str, Any]]:
    """`error`: prediction minus target, in the target's unit; `certainty`: 1 for no error, 0 for the largest."""
    error = predicted.reshape(len(target), -1)[:, 0] - target.reshape(len(target), -1)[:, 0]
    largest = max(float(np.abs(error).max()), 1e-12)
    return [
        {
            "index": int(at),
            "target": float(target.reshape(len(target), -1)[at, 0]),
            "prediction": float(predicted.reshape(len(target), -1)[at, 0]),
            "error": float(error[at]),
            "certainty": 1 - abs(float(error[at])) / largest,
        }
        for at in _largest(np.abs(error), size)
    ]


def _largest(errors: Array, size: int) -> Array:
    """The places of examples from the largest error to the smallest."""
    order = np.argsort(-errors, kind="stable")
    return order if len(order) <= size else order[np.linspace(0, len(order) - 1, size).astype(int)]
