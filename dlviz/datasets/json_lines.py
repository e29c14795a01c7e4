"""JSON lines: a table with an object a line, each cell under its column's name."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd

from dlviz.core.problems import WrongInput
from dlviz.datasets.dialect import MOST_CELL, MOST_COLUMNS
from dlviz.datasets.encoding import plain
from dlviz.datasets.numbers import usable

SUFFIXES = (".jsonl", ".ndjson")
MOST_CELLS = 20_000_000


def json_frame(text: str, name: str, least: int = 2) -> pd.DataFrame:
    """Number columns as floats (NaN where empty), all others as texts. The columns are all names that occur, in the
    order in which they do; a line without one has an empty cell. Raises `WrongInput`, which names the line."""
    rows: list[dict[str, Any]] = []
    columns: dict[str, None] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            row = _row(line, f"{name}, line {number:,}")
            rows.append(row)
            columns.update(dict.fromkeys(row))
            if len(columns) > MOST_COLUMNS or len(columns) * len(rows) > MOST_CELLS:
                raise WrongInput(
                    f"{name}: a table may have at most {MOST_COLUMNS:,} columns and {MOST_CELLS:,} cells. Received: "
                    f"{len(columns):,} columns up to line {number:,}."
                )
    if not rows:
        raise WrongInput(f"{name} is empty. It needs a JSON object a line.")
    if len(columns) < least:
        raise WrongInput(f"{name}: a table needs at least two columns. Received: {', '.join(columns) or 'none'}.")
    return pd.DataFrame({column: _cells([row.get(column) for row in rows]) for column in columns})


def _row(line: str, place: str) -> dict[str, Any]:
    """One line's cells by name: texts, numbers, or None where empty."""
    try:
        # as floats at once: a whole number may be longer than any; what is no number is an empty cell
        found = json.loads(line, parse_int=float, parse_constant=lambda _: None)
    except RecursionError:
        raise WrongInput(f"{place}: lists and objects may not lie in each other that deep.") from None
    except ValueError as error:
        at = f" at character {error.colno:,}" if isinstance(error, json.JSONDecodeError) else ""
        raise WrongInput(
            f'{place} must be a JSON object such as {{"text": "…", "label": "…"}}. It breaks off or goes wrong{at}: '
            f"`{line.strip()[:60]}`."
        ) from None
    if not isinstance(found, dict):
        what = "a list: write an object a line instead" if isinstance(found, list) else f"`{line.strip()[:60]}`"
        raise WrongInput(f'{place} must be a JSON object such as {{"text": "…", "label": "…"}}. Received: {what}.')
    cells = {}
    for key, value in found.items():
        column = _written(key).strip() or "(no name)"
        if column in cells:
            raise WrongInput(f"{place}: each column needs a name of its own. Received `{column[:80]}` twice.")
        if isinstance(value, (dict, list)):
            kind = "a list" if isinstance(value, list) else "an object"
            raise WrongInput(f"{place}: each cell must hold one value. `{column[:80]}` holds {kind}.")
        if isinstance(value, str) and len(value) > MOST_CELL:
            raise WrongInput(f"{place}: a cell may have at most {MOST_CELL:,} characters. `{column[:80]}` has more.")
        cells[column] = ("true" if value else "false") if isinstance(value, bool) else value
    return cells


def _cells(values: list[Any]) -> Any:
    """A column as floats, or as texts where one of them is no number."""
    if all(value is None or isinstance(value, float) for value in values):
        return usable(np.array([math.nan if value is None else value for value in values], dtype=np.float64))
    cells = np.empty(len(values), dtype=object)
    cells[:] = [
        "" if value is None else f"{value:.15g}" if isinstance(value, float) else _written(value).strip()
        for value in values
    ]
    return cells


def _written(text: str) -> str:
    """A text without what steers a terminal, and with a mark for each half of a character, which JSON can name."""
    return plain(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
