"""A table as its file holds it: cells and column names, and how they were written there. No torch in here."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlviz.core.problems import WrongInput, nearest
from dlviz.datasets import dialect as dialects
from dlviz.datasets.dialect import DELIMITERS, Dialect, check_even, detect_dialect, detect_header
from dlviz.datasets.encoding import Encoding, plain, text_of
from dlviz.datasets.json_lines import SUFFIXES, json_frame
from dlviz.datasets.numbers import MISSING, Decimal, detect_decimal
from dlviz.datasets.parquet import parquet_frame

Delimiter = Literal["auto", "comma", "semicolon", "tab", "pipe", "space"]
Header = Literal["auto", "first_row", "none"]
MOST_BYTES = 512 * 2**20
MOST_CELLS = 20_000_000


@dataclass(frozen=True)
class How:
    """How a table is written, as far as a person says so; `auto` is found out."""

    delimiter: Delimiter = "auto"
    decimal: Literal["auto"] | Decimal = "auto"
    encoding: Encoding = "auto"
    header: Header = "auto"
    #: Further marks for missing values, beside `numbers.MISSING`.
    missing: tuple[str, ...] = ()
    #: How many columns it must have; of JSON lines one may be enough.
    least: int = 2


@dataclass(frozen=True)
class Sheet:
    """A table read, nothing interpreted yet: `frame` holds texts ("" where empty), or floats where the file itself
    says that a column is numeric (JSON lines, Parquet)."""

    name: str
    frame: pd.DataFrame
    delimiter: str
    decimal: Decimal
    encoding: str
    header: bool
    marks: frozenset[str]
    #: What was found out, and from what: a sentence each.
    notes: tuple[str, ...] = ()

    def texts(self, column: str) -> NDArray[np.object_]:
        """A column's cells as texts."""
        cells = self.frame[column]
        if cells.dtype.kind == "f":
            return np.array(["" if np.isnan(x) else f"{x:.15g}" for x in cells.to_numpy()], dtype=object)
        return np.asarray(cells.to_numpy(), dtype=object)

    def with_columns(self, names: Sequence[str]) -> Sheet:
        """Only these columns, in this order; `WrongInput` names the ones that are missing."""
        absent = [name for name in names if name not in self.frame.columns]
        if absent:
            close = [
                f"`{name}`" + (f" (is it `{found[0]}`?)" if found else "")
                for name in absent[:8]
                for found in [difflib.get_close_matches(name, list(self.frame.columns), n=1)]
            ]
            raise WrongInput(
                f"{self.name} needs the columns the network was trained with. Missing: {', '.join(close)}"
                f"{' and more' if len(absent) > 8 else ''}. It has: {_listed(self.frame.columns)}."
            )
        return replace(self, frame=self.frame[list(names)])


def read_sheet(path: str | Path, how: How | None = None) -> Sheet:
    """The table in a CSV, TSV, JSON lines or Parquet file. Raises `WrongInput` for whatever is wrong with it."""
    file = Path(path)
    try:
        file = file.expanduser()
        stat = file.stat()
    except (OSError, ValueError, RuntimeError):
        raise WrongInput(f"There is no file {str(path)[:200]!r}. {_neighbours(file)}".strip()) from None
    if file.is_dir():
        raise WrongInput(f"{path} is a folder. Name a table file in it (CSV, TSV, JSONL, Parquet).")
    if not file.is_file():
        raise WrongInput(f"{path} is not a plain file. Name a CSV, TSV, JSONL or Parquet file.")
    if stat.st_size > MOST_BYTES:
        raise WrongInput(f"{file.name}: a table may have at most 512 MB. Received: {stat.st_size / 2**20:,.0f} MB.")
    try:
        return _read(file, stat.st_mtime_ns, stat.st_size, how or How())
    except PermissionError:
        raise WrongInput(f"{path} may not be read. Allow it, or copy the file.") from None


@lru_cache(maxsize=2)  # describe, preview and load ask for the same file in a row
def _read(file: Path, changed: int, size: int, how: How) -> Sheet:
    marks = frozenset(mark.strip().lower() for mark in (*MISSING, *how.missing))
    if file.suffix.lower() in (".parquet", ".pq"):
        frame = parquet_frame(file)
        return Sheet(file.name, frame, "", "point", "", True, marks, ("Parquet: names and number types are its own.",))
    text, encoding = text_of(file.read_bytes(), file.name, how.encoding)
    if file.suffix.lower() in SUFFIXES:
        notes = (f"Encoding {encoding}.", "JSON lines: names and number types are its own.")
        return Sheet(file.name, json_frame(text, file.name, how.least), "", "point", encoding, True, marks, notes)
    return sheet_of(text, file.name, how, encoding, marks)


def sheet_of(text: str, name: str, how: How, encoding: str, marks: frozenset[str]) -> Sheet:
    """The table in a text."""
    text = plain(text)
    notes = [f"Encoding {encoding}."]
    chosen = detect_dialect(text)
    if how.delimiter != "auto":
        quoted = chosen.quoted if chosen.delimiter == how.delimiter else True
        chosen = Dialect(how.delimiter, quoted)
    cells = text.count(DELIMITERS[chosen.delimiter]) + text.count(
        "\n"
    )  # before they are taken apart: that needs memory
    if cells > MOST_CELLS:
        raise WrongInput(f"{name}: a table may have at most {MOST_CELLS:,} cells. Received: about {cells:,}.")
    rows, chosen = _rows(text, chosen, name)
    wide = len(rows[0])
    if wide < 2:
        raise WrongInput(
            f"{name}: a table needs at least two columns, one to learn from and one to predict. Received one column"
            f" when split at every {chosen.delimiter}. If another mark separates its cells, choose it as the delimiter."
        )
    notes.append(f"Cells are separated by {_delimiter_words(chosen.delimiter)}.")
    if not chosen.quoted:
        notes.append("Quote marks are plain text here.")
    header, why = detect_header(rows, marks) if how.header == "auto" else (how.header == "first_row", "as you said")
    notes.append(f"{'The first line holds the names' if header else 'No line of names'}: {why}.")
    names = _names(rows[0], name) if header else [f"column_{place + 1}" for place in range(wide)]
    body = rows[1:] if header else rows
    if not body:
        raise WrongInput(f"{name} holds a line of names and no rows. A table needs a line per example.")
    sample = (cell for row in body[:2000] for cell in row)
    decimal = how.decimal if how.decimal != "auto" else detect_decimal(sample, chosen.delimiter)
    if decimal == "comma":
        notes.append("Numbers have a decimal comma.")
    frame = pd.DataFrame({n: np.array(c, dtype=object) for n, c in zip(names, zip(*body, strict=True), strict=True)})
    return Sheet(name, frame, chosen.delimiter, decimal, encoding, header, marks, tuple(notes))


def _rows(text: str, chosen: Dialect, name: str) -> tuple[list[list[str]], Dialect]:
    """All rows, and the dialect that made sense of them: with quotes read as plain text where that alone fits."""
    csv.field_size_limit(dialects.MOST_CELL)
    attempts = [chosen, Dialect(chosen.delimiter, not chosen.quoted)]
    problem: WrongInput | None = None
    for attempt in attempts:
        try:
            rows = attempt.rows(text)
            if not rows:
                raise WrongInput(f"{name} is empty. A table needs a line per example.")
            check_even(rows, name)
            if attempt.quoted and any("\n" in cell for row in rows for cell in row):
                bare = _bare(text, attempt, name)
                if bare is not None:
                    return bare
            return rows, attempt
        except csv.Error as error:
            long = "field larger" in str(error)
            what = f"a cell of more than {dialects.MOST_CELL:,} characters" if long else str(error)
            problem = problem or WrongInput(f"{name} must be a table in lines and cells. Received: {what}.")
        except WrongInput as error:
            problem = problem or error
    assert problem is not None
    raise problem


def _bare(text: str, chosen: Dialect, name: str) -> tuple[list[list[str]], Dialect] | None:
    """All rows with quotes as plain text, where the lines are even so, too: then a cell that spans lines was none, but
    the lines between two quote marks that have nothing to do with each other."""
    plainly = Dialect(chosen.delimiter, False)
    try:
        rows = plainly.rows(text)
        check_even(rows, name)
        return rows, plainly
    except (csv.Error, WrongInput):
        return None


def _names(first: list[str], name: str) -> list[str]:
    names = [cell or f"column_{place + 1}" for place, cell in enumerate(first)]
    twice = sorted({cell for cell in names if names.count(cell) > 1})
    if twice:
        places = " and ".join(str(place + 1) for place, cell in enumerate(names) if cell == twice[0])
        raise WrongInput(
            f"{name}: each column needs a name of its own. Received `{twice[0]}` as the name of columns {places}. "
            "Rename one, or say that there is no header."
        )
    return names


def _delimiter_words(delimiter: str) -> str:
    return {"tab": "tabs", "space": "spaces"}.get(delimiter, f"`{DELIMITERS[delimiter]}`")


def _listed(names: Iterable[str], most: int = 12) -> str:
    known = list(names)
    return ", ".join(f"`{name}`" for name in known[:most]) + (" …" if len(known) > most else "")


def _neighbours(file: Path) -> str:
    try:
        known = [entry.name for entry in file.parent.iterdir() if entry.is_file()][:200]
    except (OSError, ValueError):
        return "There is no such folder either."
    return nearest(file.name, known) if known else ""
