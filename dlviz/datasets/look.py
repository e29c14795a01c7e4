"""A look at loaded data: its balance, samples, the spread of each column, what is missing, what is suspicious.

Only the training part is looked at; the test part is not to be seen before the end of a run.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from dlviz.core.values import Array, Audio, Category, Image, Points, Scalar, Series, Tags, Tokens, Value, Vector
from dlviz.datasets import dates
from dlviz.datasets.data import Data
from dlviz.datasets.look_music import of_music
from dlviz.datasets.look_series import of_series
from dlviz.datasets.look_sounds import of_sounds
from dlviz.datasets.look_tags import how_often, telling, with_words
from dlviz.datasets.look_texts import of_texts
from dlviz.datasets.music_encoder import MusicEncoder
from dlviz.datasets.table_encoder import CategoryColumn, DateColumn, NumberColumn, TableEncoder
from dlviz.datasets.text_encoder import TextEncoder

SAMPLES = 24
#: Rows that are enough to see how a column is spread.
ENOUGH = 20_000


@dataclass(frozen=True)
class Look:
    """What one should see of data before learning from it; everything is a `Value`, so it can be drawn."""

    #: How many examples lie in train, validation, test.
    counts: dict[str, int]
    #: The target over the training part: a Category (how many of each class), a Scalar (a histogram), or None.
    balance: Value | None
    #: A few training examples by field name, targets too; of classes each in turn.
    samples: dict[str, Value]
    #: How each input is spread over the training part: Scalar (a histogram), Category (counts), for pictures the mean
    #: picture of each class, for the plane its Points, for texts their lengths, frequent words and one as Tokens, for
    #: sounds their lengths. The title is the column's name.
    columns: list[Value] = field(default_factory=list)
    #: Vector with one row: the share of training rows in which each column is missing; None: nothing is missing.
    missing: Value | None = None
    warnings: list[str] = field(default_factory=list)


def look(data: Data) -> Look:
    """Take a look at the training part."""
    name, kind = next(iter(data.fields.targets.items()), (None, None))
    columns: list[Value] = []
    missing = None
    input_name, input_kind = next(iter(data.fields.inputs.items()))
    inputs, target = data.train.columns[input_name], data.train.columns[name] if name else None
    encoder = data.encoders.get(input_name)
    if isinstance(encoder, TableEncoder):
        columns, missing = _of_table(encoder, inputs[:ENOUGH])
    elif isinstance(encoder, MusicEncoder) and isinstance(input_kind, Tokens):
        columns = of_music(encoder, input_kind, inputs)
    elif isinstance(input_kind, Tokens):
        columns = of_texts(input_kind, inputs, encoder.tokenizer if isinstance(encoder, TextEncoder) else "words")
        if kind == input_kind:  # windows of one long text are all of one length
            columns = columns[1:]
        if isinstance(kind, Tags) and target is not None:
            columns.append(how_often(kind, target))
    elif isinstance(input_kind, Audio):
        columns = of_sounds(input_kind, inputs)
    elif isinstance(input_kind, Image) and isinstance(kind, Category) and target is not None:
        columns = [_mean_pictures(data, input_name, inputs, target, kind)]
    elif isinstance(input_kind, Series):
        columns = of_series(data)
    elif isinstance(input_kind, Vector):
        columns = _of_plane(input_kind, kind, inputs, target)
    return Look(
        counts={part: len(data.part(part)) for part in ("train", "validation", "test")},
        balance=_balance(name, kind, target) if name and target is not None else None,
        samples=with_words(data, data.shown("train", _in_turn(target, kind, len(data.train)))),
        columns=columns,
        missing=missing,
        warnings=list(data.warnings),
    )


def _balance(name: str, kind: object, target: torch.Tensor) -> Value | None:
    values = _array(target)
    if isinstance(kind, Category):
        counts = np.bincount(values, minlength=len(kind.names))
        most = int(counts.argmax())
        note = f"{len(kind.names)} classes; most often {kind.names[most]}, {counts[most] / counts.sum():.0%}."
        return Value(kind, values, name, note)
    if isinstance(kind, Scalar):
        return Value(kind, values, name, f"{_span(values)} The mean is {values.mean():.4g}.")
    return None


def _in_turn(target: torch.Tensor | None, kind: object, count: int) -> list[int]:
    """Places of a few examples: of each class in turn, so that all are seen."""
    if isinstance(kind, Tags) and target is not None:
        return telling(target, SAMPLES)
    if target is None or not isinstance(kind, Category):
        return list(range(min(SAMPLES, count)))
    labels = _array(target)
    turn = [np.flatnonzero(labels == label) for label in range(len(kind.names))]
    rounds = max((len(own) for own in turn), default=0)
    chosen: list[int] = []
    for number in range(min(rounds, SAMPLES)):
        chosen += [int(own[number]) for own in turn if number < len(own)]
        if len(chosen) >= SAMPLES:
            break
    return chosen[:SAMPLES]


def _of_table(encoder: TableEncoder, rows: torch.Tensor) -> tuple[list[Value], Value | None]:
    """(each column's spread, the share missing)."""
    numbers = rows.double().numpy()
    groups = encoder.groups()
    values, gaps = [], {}
    for column in encoder.columns:
        own = numbers[:, groups[column.name]]
        absent = own[:, -1] > 0.5 if column.gaps else np.zeros(len(own), dtype=bool)
        if absent.any():
            gaps[column.name] = float(absent.mean())
        note = f" Missing in {absent.mean():.0%} of the rows." if absent.any() else ""
        if isinstance(column, CategoryColumn):
            names = (*column.slots(), *(() if column.other else ("(other)",)))
            picked = np.where(own.max(axis=1) > 0.5, own.argmax(axis=1), len(names) - 1)
            values.append(Value(Category(names=names), picked, column.name, f"{len(column.values)} words.{note}"))
        elif isinstance(column, NumberColumn):
            known = own[~absent, 0] * column.std + column.mean
            values.append(Value(Scalar(), known, column.name, f"{_span(known)}{note}"))
        else:
            values.append(_of_dates(column, own[~absent], note))
    if not gaps:
        return values, None
    share = Value(
        Vector(names=tuple(gaps)), np.array([list(gaps.values())]), "Share missing", "Missing in the training part."
    )
    return values, share


def _of_dates(column: DateColumn, own: Array, note: str) -> Value:
    """Dates as years and their fraction."""
    parts = {part: np.full(len(own), value) for part, value in column.fixed.items()}
    parts |= {part: own[:, place] * std + mean for place, (part, mean, std) in enumerate(column.parts)}
    years = parts["year"] + (parts["month"] - 1) / 12 + (parts["day"] - 1) / 365 + parts["hour"] / 8766
    first, last = dates.together({p: v[[years.argmin(), years.argmax()]] for p, v in parts.items()}, column.form)
    return Value(Scalar(unit="year"), years, column.name, f"From {first} to {last}.{note}")


def _mean_pictures(data: Data, name: str, inputs: torch.Tensor, target: torch.Tensor, kind: Category) -> Value:
    sums = torch.zeros(len(kind.names), inputs[0].numel()).index_add_(0, target, inputs.flatten(1))
    counts = torch.bincount(target, minlength=len(kind.names)).clamp_(min=1)[:, None]
    means = data.encoders[name].decode((sums / counts).view(-1, *inputs.shape[1:]))
    note = "The mean of all training pictures of each class, in the order of the classes."
    return Value(means.kind, means.data, "Mean picture of each class", note, {"names": np.array(kind.names)})


def _of_plane(kind: Vector, target_kind: object, inputs: torch.Tensor, target: torch.Tensor | None) -> list[Value]:
    points = _array(inputs)
    if len(kind.names) == 2 and isinstance(target_kind, Category) and target is not None:
        return [Value(Points(groups=target_kind.names), points, "Where the classes lie", "", {"group": _array(target)})]
    return [Value(Scalar(), own, name, _span(own)) for name, own in zip(kind.names, points.T, strict=True)]


def _span(values: Array) -> str:
    return f"From {values.min():.4g} to {values.max():.4g}." if len(values) else "No value."


def _array(tensor: torch.Tensor) -> Array:
    return np.asarray(tensor.detach().cpu().numpy())
