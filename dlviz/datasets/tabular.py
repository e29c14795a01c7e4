"""Data from a table in memory: what Table, Iris and the other tables share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Kind, Scalar
from dlviz.datasets import dates
from dlviz.datasets.columns import Column
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.numbers import Decimal, missing
from dlviz.datasets.split import Index, Parts
from dlviz.datasets.suspicions import imbalance, leaks, repeated
from dlviz.datasets.table_encoder import (
    CategoryColumn,
    DateColumn,
    EncodedColumn,
    NumberColumn,
    TableEncoder,
    date_values,
)

MOST_INPUTS = 20_000
MOST_NUMBERS = 400_000_000  # 1.6 GB of float32


@dataclass(frozen=True)
class Target:
    """The column to predict: class indices (int64) or numbers (float64), for the rows that have one."""

    name: str
    kind: Category | Scalar
    values: NDArray[Any]

    @property
    def field(self) -> str:
        return self.name if self.name != "row" else "target"  # `row` is the input's name

    @property
    def labels(self) -> NDArray[np.int64] | None:
        return self.values if isinstance(self.kind, Category) else None


@dataclass(frozen=True)
class Origin:
    """How the file of a table was written, so that a file to predict is read the same way."""

    header: bool = True
    decimal: Decimal = "point"
    marks: frozenset[str] = frozenset()


def learn_encoder(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    train: Index,
    *,
    target: str,
    origin: Origin,
    most_categories: int,
) -> TableEncoder:
    """How to encode the used columns, learned from the training rows alone."""
    blank = TableEncoder(
        header=origin.header,
        decimal=origin.decimal,
        missing=tuple(sorted(origin.marks)),
        file_columns=tuple(map(str, frame.columns)),
        target=target,
    )
    learned = []
    for column in columns:
        if column.used and column.name != target:
            cells = frame[column.name].to_numpy()[train]
            learned.append(_learn(column, cells, blank, most_categories))
    encoder = blank.model_copy(update={"columns": tuple(learned)})
    wide = len(encoder.names())
    if wide > MOST_INPUTS or wide * len(frame) > MOST_NUMBERS:
        raise WrongInput(
            f"The columns become {wide:,} inputs for each of {len(frame):,} rows. At most {MOST_INPUTS:,} inputs and "
            f"{MOST_NUMBERS:,} numbers in all are allowed. Leave columns out, or lower `max_categories`."
        )
    return encoder


def _learn(column: Column, cells: NDArray[Any], encoder: TableEncoder, most: int) -> EncodedColumn:
    if column.kind == "category":
        return _learn_category(column.name, encoder.words(cells), most)
    if column.kind == "date":
        return _learn_date(column, cells)
    numbers = encoder.numbers(cells)
    known = numbers[~np.isnan(numbers)]
    mean, std = (float(known.mean()), float(known.std())) if known.size else (0.0, 1.0)
    spread = std if std > 1e-12 * max(1.0, abs(mean)) else 1.0
    return NumberColumn(name=column.name, mean=mean, std=spread, whole=column.whole, gaps=len(known) < len(numbers))


def _learn_category(name: str, words: NDArray[np.object_], most: int) -> CategoryColumn:
    values, counts = np.unique(words.astype(str), return_counts=True)
    known = [(int(count), str(value)) for value, count in zip(values, counts, strict=True) if value]
    known.sort(key=lambda pair: (-pair[0], pair[1]))
    # A word seen once teaches nothing of its own; together such words teach what an unknown word is like.
    kept = [value for count, value in known[:most] if count > 1 or len(words) < 50]
    gaps = bool((words == "").any())
    if not kept:
        kept = [value for _, value in known[:1]]
    return CategoryColumn(name=name, values=tuple(sorted(kept, key=_order)), other=len(kept) < len(known), gaps=gaps)


def _learn_date(column: Column, cells: NDArray[Any]) -> DateColumn:
    numbers = dates.apart(date_values(cells, column.form))
    parts, fixed = [], {}
    for part, values in numbers.items():
        known = values[~np.isnan(values)]
        mean, std = (float(known.mean()), float(known.std())) if known.size else (1.0, 0.0)
        if std > 0:
            parts.append((part, mean, std))
        else:
            fixed[part] = mean
    if not parts:
        parts.append(("year", fixed.pop("year"), 1.0))
    gaps = bool(np.isnan(numbers["year"]).any())
    return DateColumn(name=column.name, form=column.form, parts=tuple(parts), fixed=fixed, gaps=gaps)


def table_fields(encoder: TableEncoder, target: Target) -> Fields:
    targets: dict[str, Kind] = {target.field: target.kind}
    return Fields({"row": encoder.vector()}, targets, len(target.values))


def table_data(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    encoder: TableEncoder,
    target: Target,
    parts: Parts,
    warnings: Sequence[str] = (),
) -> Data:
    """The rows as `Data`: encoded, split as `parts` says, with warnings about what looks suspicious."""
    encoded = encoder.encode(frame)
    answer = torch.from_numpy(target.values if target.labels is not None else target.values.astype(np.float32))

    def examples(index: Index) -> Examples:
        rows = torch.from_numpy(index)
        source = torch.from_numpy(np.asarray(frame.index.to_numpy(), dtype=np.int64)[index])
        return Examples({"row": encoded[rows], target.field: answer[rows]}, source)

    used = [column for column in columns if column.used and column.name != target.name]
    found = list(warnings)
    if target.labels is not None and isinstance(target.kind, Category):
        found += imbalance(target.labels, target.kind.names)
    content = frame[[column.name for column in used]].assign(**{"\0target": target.values})
    found += repeated(pd.util.hash_pandas_object(content, index=False).tolist(), parts)
    found += leaks(_for_leaks(frame, used, encoder), target.values, parts)
    return Data(
        fields=table_fields(encoder, target),
        train=examples(parts.train),
        validation=examples(parts.validation),
        test=examples(parts.test),
        encoders={"row": encoder},
        warnings=found,
    )


def _for_leaks(frame: pd.DataFrame, used: Sequence[Column], encoder: TableEncoder) -> dict[str, NDArray[Any]]:
    table: dict[str, NDArray[Any]] = {}
    for column in used:
        cells = frame[column.name].to_numpy()
        if column.kind == "number":
            table[column.name] = encoder.numbers(cells)
        elif column.kind == "category":
            table[column.name] = pd.factorize(encoder.words(cells))[0].astype(np.int64)
        else:
            moments = date_values(cells, column.form)
            table[column.name] = np.where(np.isnat(moments), np.nan, moments.astype(np.int64).astype(np.float64))
    return table


def words_target(name: str, words: NDArray[np.object_]) -> Target:
    """A target of classes: each different word is one, in the order of numbers, else of the alphabet."""
    values, labels = np.unique(words.astype(str), return_inverse=True)
    order = sorted(range(len(values)), key=lambda i: _order(str(values[i])))
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values))
    return Target(name, Category(names=tuple(str(values[i]) for i in order)), rank[labels.reshape(-1)])


def _order(word: str) -> tuple[int, float, str]:
    """Numbers by size, then words by the alphabet."""
    try:
        return (0, float(word), word)
    except ValueError:
        return (1, 0.0, word.lower() + word)


def gone(texts: NDArray[np.object_], marks: frozenset[str]) -> NDArray[np.bool_]:
    codes, found = pd.factorize(texts)
    return missing(np.asarray(found, dtype=object), marks)[codes]
