"""Gallery: several examples of the data as one value to draw, each with a caption."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dlviz.core.values import Array, Curves, Series, Table, Text, Value, Vector
from dlviz.datasets.data import Data
from dlviz.explainers.explainer import sole_input

#: Where an example lies: its part and its number there.
Place = tuple[str, int]
#: More texts than this stand in a table, shortened; rows of more columns than this stand on end.
_TEXTS, _LONG, _WIDE = 6, 160, 8
#: So many curves are named.
_LINES = 5


def gallery(data: Data, places: Sequence[Place], captions: Sequence[str], title: str, note: str = "") -> Value:
    """The examples at `places` as a person reads them: pictures and sounds with captions below; rows with a first
    column of captions, or, where they are long, as columns headed so; texts that begin with theirs; series as curves
    named so."""
    name = sole_input(data.fields)
    assert name is not None, "why_not refuses several inputs"
    shown = [data.shown(part, [index])[name] for part, index in places]
    every, heads = np.concatenate([one.data for one in shown]), np.array(captions, dtype=str)
    kind = shown[0].kind
    if isinstance(kind, Text):
        if len(every) <= _TEXTS:
            return Value(
                kind, np.array([f"{head}: {text}" for head, text in zip(heads, every, strict=True)]), title, note
            )
        short = [textwrap.shorten(str(text), _LONG, placeholder="…") for text in every]
        return Value(Table(columns=("", "text")), np.column_stack([heads, short]), title, note)
    if isinstance(kind, Table | Vector):
        columns = kind.columns if isinstance(kind, Table) else kind.names
        if len(columns) <= _WIDE:
            return Value(Table(columns=("", *columns)), np.column_stack([heads, _written(every)]), title, note)
        named = [f"{number + 1}. {head}" for number, head in enumerate(heads)]  # a table's columns have unlike names
        cells = np.column_stack([np.array(columns), _written(every).T])
        return Value(Table(columns=("column", *named)), cells, title, note)
    if isinstance(kind, Series):
        names = (*captions[:_LINES], *[""] * len(captions[_LINES:]))  # more could not be told apart: they stay faint
        curves = Curves(names=names, x_title="step", y_title=kind.names[0])
        return Value(curves, every[:, 0], title, note, {"x": np.arange(every.shape[-1], dtype=float)})
    return replace(Value(kind, every, title, note), more={"captions": heads})


def _written(cells: Array) -> Array:
    """Cells as texts: numbers to four digits."""
    if cells.dtype.kind in "fiu":
        return np.array([[f"{cell:.4g}" for cell in row] for row in cells])
    return cells.astype(str)
