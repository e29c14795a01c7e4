"""How a text table is written: what separates its cells, whether they are quoted, whether names stand on top."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice

from dlviz.core.problems import WrongInput
from dlviz.datasets.numbers import looks_like_number

#: Tried in this order: where two fit equally, the earlier. Commas may be decimal commas; spaces are in any text.
DELIMITERS = {"tab": "\t", "semicolon": ";", "pipe": "|", "comma": ",", "space": " "}
MOST_COLUMNS = 2000
MOST_CELL = 100_000
Rows = list[list[str]]


@dataclass(frozen=True)
class Dialect:
    """`delimiter` is a name in `DELIMITERS`; `quoted`: whether "…" holds a cell together."""

    delimiter: str
    quoted: bool = True

    def rows(self, text: str, most: int | None = None) -> Rows:
        """The cells of each line that is not blank, without the spaces around them. Raises `csv.Error`."""
        if self.delimiter == "space":
            text = re.sub(r"[ \t]+", " ", text)
            text = re.sub(r"(?m)^ | $", "", text)
        reader = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=DELIMITERS[self.delimiter],
            quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
            skipinitialspace=True,
        )
        rows = (row for row in reader if row and (len(row) > 1 or row[0].strip()))
        return [[cell.strip() for cell in row] for row in islice(rows, most)]


def detect_dialect(text: str) -> Dialect:
    """The dialect in which the first lines agree best on their number of cells."""
    head = text[:100_000]
    if len(text) > len(head):
        head = head[: head.rfind("\n") + 1] or head
    best, best_score = Dialect("comma"), 0.0
    for delimiter, mark in DELIMITERS.items():
        if mark not in head:
            continue
        for quoted in (True, False):
            score = _agreement(Dialect(delimiter, quoted), head)
            # A space must be far better than what came before: it also stands after commas and within texts.
            if score > best_score + (0.3 if delimiter == "space" else 0.02):
                best, best_score = Dialect(delimiter, quoted), score
    return best


def _agreement(dialect: Dialect, head: str) -> float:
    """The share of lines that have the most common number of cells; 0 where that is one cell."""
    try:
        rows = dialect.rows(head, 300)
    except csv.Error:
        return 0.0
    if not rows:
        return 0.0
    (cells, count), *_ = Counter(map(len, rows)).most_common(1)
    if cells < 2 or cells > MOST_COLUMNS:
        return 0.0
    # A quote mark that is no quote swallows lines. Where the lines agree as well without it, it is none.
    swallowed = any("\n" in cell for row in rows for cell in row)
    # The first line counts most: where it has another number of cells, the mark belongs to the texts below it.
    return count / len(rows) - (0.05 if swallowed else 0) - (0.1 if len(rows[0]) != cells else 0)


def detect_header(rows: Rows, marks: frozenset[str]) -> tuple[bool, str]:
    """(whether the first line holds names, why)."""
    first, rest = rows[0], rows[1:1000]
    if not rest:
        return not any(looks_like_number(cell) for cell in first), "there is one line only"
    named = [cell for cell in first if cell]
    if any(looks_like_number(cell) for cell in named):
        return False, "the first line holds numbers"
    if any(cell.lower() in marks for cell in named):
        return False, "the first line holds marks for missing values"
    for place, name in enumerate(first):
        below = [row[place] for row in rest if place < len(row) and row[place] and row[place].lower() not in marks]
        if below and sum(map(looks_like_number, below)) > 0.8 * len(below):
            return True, f"`{name}` stands above numbers"
    if len(set(named)) < len(named):
        return False, "the first line says the same twice"
    for place, name in enumerate(first):
        if name and any(place < len(row) and row[place] == name for row in rest):
            return False, f"`{name}` occurs again below the first line"
    return True, "nothing in the first line occurs again below it"


def check_even(rows: Rows, name: str) -> None:
    """`WrongInput` where lines differ in their number of cells, or there are too many or too long ones."""
    wide = len(rows[0])
    if wide > MOST_COLUMNS:
        raise WrongInput(f"{name}: a table may have at most {MOST_COLUMNS:,} columns. Received: {wide:,}.")
    for number, row in enumerate(rows, start=1):
        if len(row) != wide:
            shown = " ".join(row)[:60]
            raise WrongInput(
                f"{name}: every line must have as many cells as the first, {wide}. Received: {len(row)} in line"
                f" {number} (`{shown}`). Mend that line, or choose another delimiter."
            )
