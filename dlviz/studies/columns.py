"""Columns of a table as its owner knows them: names, cells as written, their order; and where each stands in a row as
the network takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import Tensor

from dlviz.core.problems import WrongInput, nearest
from dlviz.core.values import Array, Table, Value, Vector
from dlviz.datasets.data import Data, Encoder, Examples, Fields
from dlviz.datasets.table_encoder import DateColumn, NumberColumn, TableEncoder, date_values
from dlviz.explainers.explainer import sole_input
from dlviz.explainers.features import Features

#: What a column holds: numbers, words (categories) or dates.
Holds = Literal["number", "words", "date"]


@dataclass(frozen=True)
class TableColumn:
    """One column of N rows. `places`: its positions in an encoded row. `cells` (N,) as written, "" where missing.
    `order` (N,): the numbers, of dates the seconds; NaN where a cell is missing, and all over a column of words."""

    name: str
    holds: Holds
    places: tuple[int, ...]
    cells: Array
    order: Array

    def told(self) -> list[str]:
        """Each cell beside the column's name: "age = 31", "age = (missing)"."""
        return [f"{self.name} = {cell or '(missing)'}" for cell in self.cells]

    def levels(self) -> list[str]:
        """The different cells, the most frequent first; "" (missing) among them."""
        found, counts = np.unique(self.cells, return_counts=True)
        return [str(found[at]) for at in np.argsort(-counts, kind="stable")]

    def ranks(self) -> Array:
        """(N,) 0 for the lowest to 1 for the highest, equal cells alike; NaN where there is no order."""
        known = np.isfinite(self.order)
        ranks = np.full(len(self.order), np.nan)
        if known.any():
            found, at = np.unique(self.order[known], return_inverse=True)
            counts = np.bincount(at)
            middle = np.cumsum(counts) - (counts + 1) / 2
            span = float(middle[-1] - middle[0])
            ranks[known] = ((middle - middle[0]) / span if span > 0 else np.full(len(found), 0.5))[at]
        return ranks

    def grid(self, points: int) -> tuple[list[int], bool]:
        """Up to `points` rows whose cells stand for the whole column, in their order: at its quantiles, or, of words,
        the most frequent. Whether all levels are among them."""
        if self.holds == "words":
            levels = self.levels()
            rows = [int(np.flatnonzero(self.cells == level)[0]) for level in levels[:points]]
            return rows, len(levels) <= points
        known = np.flatnonzero(np.isfinite(self.order))
        if not len(known):
            return [], True
        wanted = np.quantile(self.order[known], np.linspace(0, 1, points), method="inverted_cdf")
        found = np.unique(wanted)
        rows = [int(known[np.flatnonzero(self.order[known] == value)[0]]) for value in found]
        return rows, len(found) == len(np.unique(self.order[known]))


def columns_of(fields: Fields, encoders: Mapping[str, Encoder], rows: Tensor) -> list[TableColumn]:
    """The columns of `rows` (N, positions) as the network takes them. Only for a sole input that is a row."""
    name = sole_input(fields)
    assert name is not None, "why_not refuses several inputs"
    kind, encoder = fields.inputs[name], encoders.get(name)
    assert isinstance(kind, Vector), "why_not refuses what is no table"
    groups = Features.columns(kind, encoder.groups() if encoder else {})
    places = [tuple(int(place) for place in np.flatnonzero(groups.of.numpy() == n)) for n in range(groups.count)]
    raw = np.asarray(rows.cpu().numpy())
    written = encoder.decode(rows) if encoder else Value(kind, raw, name)
    cells = np.asarray(written.data).reshape(len(rows), -1)
    known = {column.name: column for column in encoder.columns} if isinstance(encoder, TableEncoder) else {}
    # where the row as written has other columns than the encoder's groups, the numbers of the network are shown
    as_written = isinstance(written.kind, Table) and cells.shape[1] == len(places)
    found = []
    for number, (title, where) in enumerate(zip(groups.names, places, strict=True)):
        words = cells[:, number].astype(str) if as_written else np.array([f"{x:.6g}" for x in raw[:, where[0]]])
        column = known.get(title)
        if isinstance(column, DateColumn):
            found.append(TableColumn(title, "date", where, words, _seconds(words, column)))
        elif isinstance(column, NumberColumn) or (column is None and len(where) == 1):
            order = _numbers(words) if as_written else raw[:, where[0]].astype(float)
            found.append(TableColumn(title, "number", where, words, order))
        else:
            found.append(TableColumn(title, "words", where, words, np.full(len(rows), np.nan)))
    return found


def with_cells(rows: Tensor, column: TableColumn, source: Tensor) -> Tensor:
    """`rows` (N, positions) with the column's positions taken from `source` (N or 1, positions)."""
    changed = rows.clone()
    places = list(column.places)
    changed[:, places] = source[:, places]
    return changed


def named(columns: Sequence[TableColumn], name: str) -> int:
    """Which column is called so. Raises `WrongInput`."""
    known = [column.name for column in columns]
    if name not in known:
        raise WrongInput(f"`column` must be one of the table's. Received: {name!r}. {nearest(name, known)}".rstrip())
    return known.index(name)


def held_out(data: Data) -> tuple[str, Examples]:
    """The validation part, by its name; where it holds nothing, the training part."""
    return ("validation", data.validation) if len(data.validation) else ("train", data.train)


def why_no_table(fields: Fields) -> str | None:
    """Why the data is no table, in a sentence; None: it is."""
    name = sole_input(fields)
    if name is None:
        return f"It looks at one table; this data has {len(fields.inputs)} inputs."
    if not isinstance(fields.inputs[name], Vector):
        return "It looks at the columns of a table; this data has none."
    return None


def _numbers(words: Array) -> Array:
    return np.array([float(word) if word else np.nan for word in words])


def _seconds(words: Array, column: DateColumn) -> Array:
    found = date_values(np.asarray(words, dtype=object), column.form)
    return np.where(np.isnat(found), np.nan, found.astype("datetime64[s]").astype(np.int64).astype(float))
