"""What each column of a table is: a number, a category, a date; or an id, a text, a constant, which are left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

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
_CAMEL_ID = re.compile(r"[a-z](Id|ID|Key|Uuid)$")


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
    for name in wanted:
        if name not in sheet.frame.columns:
            raise WrongInput(
                f"There is no column `{name}` in {sheet.name}. {nearest(name, map(str, sheet.frame.columns))}"
            )
    return [_column(sheet, str(name), wanted.get(str(name), "auto")) for name in sheet.frame.columns]


def _column(sheet: Sheet, name: str, wanted: Overrule) -> Column:
    cells = sheet.frame[name].to_numpy()
    rows = len(cells)
    if cells.dtype.kind == "f":
        known = cells[np.isfinite(cells)]
        values = np.unique(known)
        gaps, distinct = rows - len(known), len(values)
        texts = [f"{value:.15g}" for value in values[:2000]]
        share = 1.0
    else:
        codes, found = pd.factorize(cells)
        absent = missing(found, sheet.marks)
        gaps = int(absent[codes].sum())
        texts = [text for text, gone in zip(found, absent, strict=True) if not gone]
        distinct = len(texts)
        values = parsed(np.array(texts, dtype=object), sheet.decimal)
        share = float(np.isfinite(values).mean()) if distinct else 0.0
        values = values[np.isfinite(values)]
    whole = bool(len(values)) and bool((values == np.round(values)).all())

    def column(kind: ColumnKind, why: str, form: str = "") -> Column:
        return Column(name, kind, why, rows, gaps, distinct, tuple(texts[:5]), whole, form)

    if wanted == "ignore":
        return column("ignored", "you left it out")
    if wanted != "auto":
        return _as_wanted(column, sheet, wanted, texts, share)
    if distinct == 0:
        return column("empty", "it holds no value")
    if distinct == 1:
        return column("constant", f"it is `{_short(texts[0])}` in every row" + (" that is not empty" if gaps else ""))
    known = rows - gaps
    if share == 1.0:
        return _numeric(column, name, values, known, whole)
    form = detect_format(texts)
    if form is not None:
        return column("date", f"its values are dates, like `{_short(texts[0])}`", form)
    if share >= 0.9 and distinct >= 20:
        odd = next(t for t in texts if not np.isfinite(parsed([t], sheet.decimal)[0]))
        return column("number", f"{share:.0%} of its values are numbers; the others (`{_short(odd)}`) count as missing")
    return _worded(column, name, texts, known, distinct)


def _numeric(column, name, values, known, whole):  # type: ignore[no-untyped-def]
    distinct = len(values)
    if whole and distinct == known and distinct >= 20:
        steps = np.diff(np.sort(values))
        if _is_id_name(name):
            return column("id", "each row has its own whole number, and its name says that it counts or names rows")
        if (steps == 1).all():
            return column("id", "it counts the rows")
    if whole and _is_id_name(name) and distinct > max(50, known // 2):
        return column("id", "its name says that it names things, and most rows have their own")
    if whole and len(values) >= 20 and (form := _compact_dates(values)) is not None:
        return column("date", "its whole numbers are dates written year, month, day", form)
    if whole and _CODE_NAME.search(name.strip()) and distinct > 2:
        return column("category", "whole numbers whose name says that they are codes")
    low = values.min()
    if whole and 3 <= distinct <= MOST_CODES and low in (0, 1) and values.max() - low + 1 == distinct:
        if known >= 30 * distinct:
            return column("category", f"only the whole numbers {low:.0f} to {values.max():.0f}: probably codes")
    return column("number", "whole numbers" if whole else "numbers")


def _worded(column, name, texts, known, distinct):  # type: ignore[no-untyped-def]
    sample = texts[:2000]
    words = float(np.mean([len(text.split()) for text in sample]))
    length = float(np.mean([len(text) for text in sample]))
    mostly_own = distinct > 0.5 * known and distinct > 20
    if mostly_own and (words >= 3 or length > 40):
        return column("text", f"free text, {words:.0f} words on average, and most rows have their own")
    if mostly_own:
        return column("id", f"most rows have their own value ({distinct:,} in {known:,})")
    if words >= 6 and distinct > 100:
        return column("text", f"free text, {words:.0f} words on average")
    return column("category", f"{distinct:,} different words")


def _as_wanted(column, sheet, wanted, texts, share):  # type: ignore[no-untyped-def]
    if wanted == "category":
        return column("category", "you said so")
    if wanted == "date":
        form = detect_format(texts)
        if form is None:
            raise WrongInput(f"A date column must hold dates in one form, like 2024-05-31. Received: {_some(texts)}.")
        return column("date", "you said so", form)
    if share == 0:
        raise WrongInput(f"A number column must hold numbers. Received: {_some(texts)}.")
    return column("number", "you said so")


def _compact_dates(values) -> str | None:  # type: ignore[no-untyped-def]
    return detect_format([f"{value:.0f}" for value in values]) if values.min() >= 19000101 else None


def _is_id_name(name: str) -> bool:
    return bool(_ID_NAME.search(name.strip()) or _CAMEL_ID.search(name.strip()))


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"


def _some(texts: list[str]) -> str:
    return ", ".join(f"`{_short(text)}`" for text in texts[:3]) or "nothing"
