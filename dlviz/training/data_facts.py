"""What the doctor wants to know of the data before it judges a training: sizes, classes, repeats, shifts, what a single
column tells, and what the simplest rules reach. Looked at once; the test part is not touched.

At most `_ROWS` examples of a part and `_WIDTH` numbers of each are looked at, so that it costs some milliseconds.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dlviz.core.values import Category, Image, Scalar, Series, Tokens
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.tasks.task import Task

Floats = NDArray[np.float64]
_ROWS, _WIDTH, _COMPARED, _JUDGED = 4000, 4096, 1000, 300
#: Numbers of a part that are compared at most: large examples are looked at in smaller numbers.
_MOST = 4_000_000
#: How many neighbours vote.
_NEIGHBOURS = 5
#: Into how many pieces of equal count a column is cut to see what it tells alone.
_PIECES = 32


def data_facts(task: Task, data: Data) -> dict[str, Any]:
    """`{"primary", "higher_is_better", "sizes", "duplicates", "shift", "classes", "alone", "neighbours", "baseline"}`,
    each of the last four only where the data have it. Plain JSON values."""
    train, validation = data.train, data.validation
    facts: dict[str, Any] = {
        "primary": task.primary,
        "higher_is_better": task.higher_is_better,
        "sizes": {"train": len(train), "validation": len(validation)},
        "input": _kinds(data.fields),
    }
    if not len(train) or not len(validation):
        return facts
    facts["duplicates"] = _duplicates(data.fields, train, validation)
    many = min(_ROWS, _MOST // max(1, sum(train.columns[name][:1].numel() for name in data.fields.inputs)))
    parts = _some(train, many), _some(validation, many)
    rows = _rows(parts[0], data.fields), _rows(parts[1], data.fields)
    names = _names(data.fields, None if rows[0] is None else rows[0].shape[1])
    in_time = any(isinstance(kind, Series) for kind in data.fields.inputs.values())  # what changes in time is no fault
    if rows[0] is not None and rows[1] is not None and not in_time:
        facts["shift"] = _shift(rows[0], rows[1], names)
    target = _target(task, data.fields)
    if target is None:
        return facts
    labels = tuple(_numbers(part.columns[target]) for part in parts)
    kind = data.fields.targets[target]
    if isinstance(kind, Category):
        whole = [np.bincount(_numbers(part.columns[target]).astype(int), minlength=len(kind.names)) for part in
                 (train, validation)]  # fmt: skip
        facts["classes"] = {
            "names": list(kind.names), "train": whole[0].tolist(), "validation": whole[1].tolist()
        }  # fmt: skip
    facts["baseline"] = _baseline(task, _numbers(train.columns[target]), isinstance(kind, Category))
    if rows[0] is not None and rows[1] is not None:
        facts["neighbours"] = _neighbours(rows, labels, isinstance(kind, Category))
        if names:
            facts["alone"] = _alone(rows, labels, names, isinstance(kind, Category))
    return facts


def _kinds(fields: Fields) -> str:
    """`image`, `text`, `row`, or `several`."""
    kinds = list(fields.inputs.values())
    if len(kinds) != 1:
        return "several"
    return "image" if isinstance(kinds[0], Image) else "text" if isinstance(kinds[0], Tokens) else "row"


def _target(task: Task, fields: Fields) -> str | None:
    """The one class or number that is predicted; None: another task."""
    if task.kind() not in ("Classification", "Regression") or len(fields.targets) != 1:
        return None
    name, kind = next(iter(fields.targets.items()))
    return name if isinstance(kind, (Category, Scalar)) else None


def _numbers(column: torch.Tensor) -> Floats:
    return np.asarray(column.detach().cpu().double().numpy())


def _spaced(count: int, limit: int) -> torch.Tensor:
    """At most `limit` places, evenly over all: the order of a part may mean something."""
    return torch.linspace(0, count - 1, min(count, limit)).long()


def _some(part: Examples, limit: int) -> Examples:
    """At most `limit` of its examples, from all over it: a part may hold one class after the other."""
    return part if len(part) <= limit else Examples(part.batch(at := _spaced(len(part), limit)), part.rows[at])


def _rows(part: Examples, fields: Fields) -> Floats | None:
    """(N, d) the inputs of examples, flat; None where they are no numbers (texts) or too many."""
    if any(isinstance(kind, Tokens) for kind in fields.inputs.values()):
        return None
    columns = [part.columns[name].reshape(len(part), -1) for name in fields.inputs]
    if not columns or sum(column.shape[1] for column in columns) > _WIDTH:
        return None
    return np.asarray(torch.cat([column.detach().cpu().float() for column in columns], 1).double().numpy())


def _names(fields: Fields, width: int | None) -> list[str]:
    """The names of the numbers of a row; empty for pictures and several inputs."""
    kind = next(iter(fields.inputs.values()), None)
    names = getattr(kind, "names", None)
    return list(names) if names and len(fields.inputs) == 1 and len(names) == width else []


def _duplicates(fields: Fields, train: Examples, validation: Examples) -> dict[str, int | float]:
    """How many examples of the validation part have an equal one in the training part, (`within`) which share of the
    training part's own have another equal one there, and how often each comes there on average (`times`)."""
    known = Counter(_marks(fields, train))
    marks = _marks(fields, validation)
    within = sum(many for many in known.values() if many > 1) / len(train)
    return {"count": sum(mark in known for mark in marks), "of": len(marks), "within": round(within, 4),
            "times": round(len(train) / len(known), 2)}  # fmt: skip


def _marks(fields: Fields, part: Examples) -> list[bytes]:
    """A short mark of each example's inputs: equal inputs have equal marks."""
    columns = [part.columns[name].detach().cpu().contiguous() for name in fields.inputs]
    bytes_of = [np.asarray(column.numpy()).reshape(len(column), -1).view(np.uint8) for column in columns]
    if len(bytes_of) == 1:  # as it lies: a copy of a whole part takes longer than the marks
        (table,) = bytes_of
    else:
        table = np.concatenate(bytes_of, axis=1) if bytes_of else np.zeros((len(part), 0), np.uint8)
    return [hashlib.blake2b(row, digest_size=12).digest() for row in np.ascontiguousarray(table)]


def _shift(train: Floats, validation: Floats, names: list[str]) -> list[dict[str, Any]]:
    """The numbers of a row whose means differ most between the parts, in units of the training part's spread, and
    how far chance alone would take them (`chance`: one standard error). Of pictures: brightness and contrast."""
    if not names:
        names = ["mean of all inputs", "spread of all inputs"]
        train, validation = (np.stack([part.mean(1), part.std(1)], 1) for part in (train, validation))
    means, spreads = train.mean(0), train.std(0)
    there = validation.mean(0)
    spread = np.where(spreads > 1e-12, spreads, 1.0)
    away = np.abs(there - means) / spread
    chance = np.sqrt(1 / len(train) + 1 / len(validation))
    found = []
    for at in np.argsort(-away)[:5]:
        found.append({
            "name": names[at], "train": float(means[at]), "validation": float(there[at]),
            "away": float(away[at]), "chance": float(chance), "columns": len(names),
        })  # fmt: skip
    return found


def _baseline(task: Task, labels: Floats, classes: bool) -> dict[str, Any]:
    """What the same answer for every example reaches: the loss, and the primary metric."""
    if classes:
        shares = np.bincount(labels.astype(int)) / len(labels)
        known = shares[shares > 0]
        balanced = getattr(task, "class_weights", "equal") == "balanced"
        loss = np.log(len(known)) if balanced else -(known * np.log(known)).sum()
        return {"loss": float(loss), "figure": "accuracy", "value": float(shares.max())}
    spread = labels.std() or 1.0
    error = (labels - labels.mean()) / spread
    kind = getattr(task, "loss", "mse")
    huber = np.where(np.abs(error) < 1, error**2 / 2, np.abs(error) - 0.5)
    loss = {"mse": (error**2).mean(), "mae": np.abs(error).mean()}.get(str(kind), huber.mean())
    return {"loss": float(loss), "figure": "r2", "value": 0.0}


def _neighbours(rows: tuple[Any, Any], labels: tuple[Floats, ...], classes: bool) -> dict[str, Any]:
    """What the nearest training examples tell of validation examples: accuracy by vote, R² by mean."""
    at, judged = _spaced(len(rows[0]), _COMPARED).numpy(), _spaced(len(rows[1]), _JUDGED).numpy()
    known, asked = rows[0][at].astype(np.float32), rows[1][judged].astype(np.float32)
    distance = (asked**2).sum(1)[:, None] - 2 * asked @ known.T + (known**2).sum(1)[None]
    count = min(_NEIGHBOURS, len(known))
    nearest = np.argpartition(distance, count - 1, axis=1)[:, :count]
    told, truth = labels[0][at][nearest], labels[1][judged]
    if classes:
        votes = np.stack([(told == label).sum(1) for label in range(int(labels[0].max()) + 1)], 1)
        return {"figure": "accuracy", "value": float((votes.argmax(1) == truth).mean())}
    return {"figure": "r2", "value": _explained(truth, told.mean(1))}


def _alone(rows: tuple[Any, Any], labels: tuple[Floats, ...], names: list[str], classes: bool) -> list[dict[str, Any]]:
    """The columns that tell most of the target by themselves: a rule by pieces (`_edges`), learned on the training
    part, judged on the validation part."""
    found: list[dict[str, Any]] = []
    for name, places in _columns(names, rows[0]).items():
        at, several = places[0], len(places) > 1
        edges = np.zeros(0) if several else _edges(rows[0][:, at], labels[0] if classes else None)
        pieces = [part[:, places].argmax(1) if several else np.digitize(part[:, at], edges) for part in rows]
        size = len(places) if several else len(edges) + 1
        if classes:
            kinds = int(labels[0].max()) + 1
            counts = np.zeros((size, kinds))
            np.add.at(counts, (pieces[0], labels[0].astype(int)), 1)
            counts[counts.sum(1) == 0] = counts.sum(0)
            rule = counts.argmax(1)
            shares = [float((rule[piece] == label).mean()) for piece, label in zip(pieces, labels, strict=True)]
            told = min(shares)
        else:
            sums, many = np.bincount(pieces[0], labels[0], size), np.bincount(pieces[0], minlength=size)
            means = np.where(many > 0, sums / np.maximum(many, 1), labels[0].mean())
            told = _explained(labels[1], means[pieces[1]])
            if not several:
                told = max(told, _line(rows[0][:, at], labels[0], rows[1][:, at], labels[1]))
        found.append({"name": name, "value": told})
    return sorted(found, key=lambda column: -float(column["value"]))[:3]


def _columns(names: list[str], rows: Floats) -> dict[str, list[int]]:
    """By the name of a column of the table, where its numbers stand in a row: a category has one number for each of its
    words, `color=red`, and these tell what it tells only together."""
    found: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        found.setdefault(name.partition("=")[0], []).append(at)
    coded = {
        name: places for name, places in found.items()
        if len(places) > 1 and ((rows[:, places] == 0) | (rows[:, places] == 1)).all()
    }  # fmt: skip
    return coded | {names[at]: [at] for name, places in found.items() if name not in coded for at in places}


def _edges(values: Floats, classes: Floats | None) -> Floats:
    """Where a column is cut: where the class changes along it, if it does so seldom, for a piece that holds such a
    border would be wrong on one side of it; else into pieces of equal count."""
    if classes is not None:
        order = np.argsort(values, kind="stable")
        each, starts = np.unique(values[order], return_index=True)
        least = np.minimum.reduceat(classes[order], starts)
        most = np.maximum.reduceat(classes[order], starts)
        same = (least[:-1] == most[1:]) & (most[:-1] == least[1:])  # both values have one class alone, and the same
        changes = np.flatnonzero(~same)
        if len(changes) < _PIECES:
            return np.asarray((each[changes] + each[changes + 1]) / 2)
    return np.unique(np.quantile(values, np.linspace(0, 1, _PIECES + 1)[1:-1]))


def _line(values: Floats, target: Floats, asked: Floats, truth: Floats) -> float:
    """R² on the validation part of a straight line from one column."""
    spread = values.var()
    slope = ((values - values.mean()) * (target - target.mean())).mean() / spread if spread > 0 else 0.0
    return _explained(truth, target.mean() + slope * (asked - values.mean()))


def _explained(truth: Floats, told: Floats) -> float:
    around = float(((truth - truth.mean()) ** 2).sum())
    return 1 - float(((truth - told) ** 2).sum()) / around if around > 0 else 0.0
