"""What each column of a table is: a number, a category, a date; or an id, a text, a constant, which are left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlviz.core.problems import WrongInput, nearest
from dlviz.datasets.dates import detect_format
from dlviz.datasets.numbers import missing, parsed
from dlviz.datasets.sheet import Sheet

Use = Literal["number", "category", "date"]
#: `auto` detects; `ignore` leaves out.
Overrule = Literal["auto", "number", "category", "date", "ignore"]
ColumnKind = Literal["number", "category", "date", "text", "id", "constant", "empty", "ignored"]

MOST_CODES = 24
_ID_NAME = re.compile(
    r"(^|[_\s.-])(id|ids|index|idx|key|uuid|guid|no|nr|number|instant|row|rownames|unnamed: 0)$", re.I
)
_CODE_NAME = re.compile(r"(^|[_\s.-])(id|code|key|zip|postcode|plz)$|[a-z](?-i:Id|ID|Code|Key)$", re.I)


@dataclass(frozen=True)
class Column:
    """One column: what it is taken for and why. Only numbers, categories and dates are learned from."""

    name: str
    kind: ColumnKind
    why: str
    rows: int
    missing: int
    distinct: int
    examples: tuple[str, ...]
    #: Numbers: all are whole. Dates: the form they are written in.
    whole: bool = False
    form: str = ""

    @property
    def used(self) -> bool:
        return self.kind in get_args(Use)


def detect_columns(sheet: Sheet, overrules: Mapping[str, Overrule] | None = None) -> list[Column]:
    """Every column of the sheet, the target's among them, in order."""
    wanted = dict(overrules or {})
    known = [str(name) for name in sheet.frame.columns]
    for name in wanted:
        if name not in known:
            raise WrongInput(f"There is no column `{name}` in {sheet.name}. {nearest(name, known)}".strip())
    return [_judged(_look_at(sheet, name), sheet, wanted.get(name, "auto")) for name in known]


@dataclass(frozen=True)
class _Cells:
    """What a column shows: its different cells that are not missing as `texts`, those of them that are `numbers`."""

    name: str
    rows: int
    missing: int
    distinct: int
    texts: Sequence[str]
    numbers: NDArray[np.float64]

    @property
    def known(self) -> int:
        return self.rows - self.missing

    @property
    def whole(self) -> bool:
        return bool(len(self.numbers)) and bool((self.numbers == np.round(self.numbers)).all())

    def column(self, kind: ColumnKind, why: str, form: str = "") -> Column:
        shown = tuple(self.texts[:5])
        return Column(self.name, kind, why, self.rows, self.missing, self.distinct, shown, self.whole, form)


def _look_at(sheet: Sheet, name: str) -> _Cells:
    cells = sheet.frame[name].to_numpy()
    if cells.dtype.kind == "f":
        finite = cells[np.isfinite(cells)]
        numbers = np.unique(finite)
        texts = [f"{number:.15g}" for number in numbers[:2000]]
        return _Cells(name, len(cells), len(cells) - len(finite), len(numbers), texts, numbers)
    codes, found = pd.factorize(cells)
    absent = missing(found, sheet.marks)
    texts = [text for text, gone in zip(found, absent, strict=True) if not gone]
    numbers = parsed(np.array(texts, dtype=object), sheet.decimal)
    gaps = int(absent[codes].sum())
    return _Cells(name, len(cells), gaps, len(texts), texts, numbers[np.isfinite(numbers)])


def _judged(cells: _Cells, sheet: Sheet, wanted: Overrule) -> Column:
    share = len(cells.numbers) / cells.distinct if cells.distinct else 0.0
    if wanted == "ignore":
        return cells.column("ignored", "you left it out")
    if wanted != "auto":
        return _as_wanted(cells, wanted, share)
    if cells.distinct == 0:
        return cells.column("empty", "it holds no value")
    if cells.distinct == 1:
        rest = " that is not empty" if cells.missing else ""
        return cells.column("constant", f"it is `{_short(cells.texts[0])}` in every row{rest}")
    if share == 1.0:
        return _numeric(cells)
    form = detect_format(cells.texts)
    if form is not None:
        return cells.column("date", f"its values are dates, like `{_short(cells.texts[0])}`", form)
    if share >= 0.9 and cells.distinct >= 20:
        odd = next(text for text in cells.texts if np.isnan(parsed([text], sheet.decimal)[0]))
        return cells.column(
            "number", f"{share:.0%} of its values are numbers; others (`{_short(odd)}`) count as missing"
        )
    return _worded(cells)


def _numeric(cells: _Cells) -> Column:
    name, numbers = cells.name.strip(), np.sort(cells.numbers)
    if not cells.whole:
        return cells.column("number", "numbers")
    low, high, distinct = numbers[0], numbers[-1], len(numbers)
    if distinct == cells.known and distinct >= 20:
        if _ID_NAME.search(name) or _CODE_NAME.search(name):
            return cells.column(
                "id", "each row has a whole number of its own, and its name says that it counts or names rows"
            )
        if high - low + 1 == distinct:
            return cells.column("id", "it counts the rows")
    if distinct >= 20 and low >= 19000101 and (form := detect_format([f"{number:.0f}" for number in numbers])):
        return cells.column("date", "its whole numbers are dates written year, month, day", form)
    if _CODE_NAME.search(name) and distinct > max(50, cells.known // 2):
        return cells.column("id", "its name says that it names things, and most rows have their own")
    if _CODE_NAME.search(name) and distinct > 2:
        return cells.column("category", "whole numbers whose name says that they are codes")
    if 3 <= distinct <= MOST_CODES and low in (0, 1) and high - low + 1 == distinct and cells.known >= 30 * distinct:
        return cells.column("category", f"only the whole numbers {low:.0f} to {high:.0f}: probably codes")
    return cells.column("number", "whole numbers")


def _worded(cells: _Cells) -> Column:
    sample = cells.texts[:2000]
    words = float(np.mean([len(text.split()) for text in sample]))
    length = float(np.mean([len(text) for text in sample]))
    mostly_own = cells.distinct > 0.5 * cells.known and cells.distinct > 20
    if words >= 3 and mostly_own or words >= 6 and cells.distinct > 100:
        return cells.column("text", f"free text, {words:.0f} words on average")
    if length > 40 and mostly_own:
        return cells.column("text", f"long texts, {length:.0f} letters on average")
    if mostly_own:
        return cells.column("id", f"most rows have a value of their own ({cells.distinct:,} in {cells.known:,})")
    return cells.column("category", f"{cells.distinct:,} different words")


def _as_wanted(cells: _Cells, wanted: Overrule, share: float) -> Column:
    if wanted == "category":
        return cells.column("category", "you said so")
    if wanted == "date":
        form = detect_format(cells.texts)
        if form is None:
            raise WrongInput(
                f"`{cells.name}` cannot be a date column: it must hold dates in one form, like 2024-05-31. "
                f"Received: {_some(cells.texts)}."
            )
        return cells.column("date", "you said so", form)
    if share == 0:
        raise WrongInput(f"`{cells.name}` cannot be a number column. Received: {_some(cells.texts)}.")
    return cells.column("number", "you said so")


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"


def _some(texts: Sequence[str]) -> str:
    return ", ".join(f"`{_short(text)}`" for text in texts[:3]) or "nothing"
