"""Numbers as people write them: decimal point or comma, thousands in groups, marks for what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Decimal = Literal["point", "comma"]
Floats = NDArray[np.float64]

#: The square of a larger number does not fit into a float32. Times in nanoseconds since 1970 do.
LARGEST = 1e19
#: How a missing value is written, in small letters. `none` is not among them: in many tables it is an answer.
MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "nil", "?", "-", "--", ".", "<na>", "(null)")

_POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_COMMA = re.compile(r"[+-]?(\d+,?\d*|,\d+)(e[+-]?\d+)?", re.IGNORECASE)
_GROUPS = re.compile(r"[+-]?\d{1,3}([ \u00a0\u202f'\u2019])\d{3}(\1\d{3})*([.,]\d+)?")  # a kind of space or '
_COMMA_GROUPS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_POINT_GROUPS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?")


def looks_like_number(text: str) -> bool:
    """Whether a text is a number in any of the ways."""
    return bool(
        _POINT.fullmatch(text)
        or _COMMA.fullmatch(text)
        or _GROUPS.fullmatch(text)
        or _COMMA_GROUPS.fullmatch(text)
        or _POINT_GROUPS.fullmatch(text)
    )


def detect_decimal(cells: Iterable[str], delimiter: str) -> Decimal:
    """Whether a point or a comma stands before the fraction. `1,234` alone may be either: then the comma is taken for
    decimal unless it also separates the cells (then it marks thousands)."""
    point = comma = either = 0
    for cell in cells:
        if "," in cell:
            if _COMMA_GROUPS.fullmatch(cell):
                if "." in cell or cell.count(",") > 1:
                    point += 1
                elif cell.lstrip("+-").startswith("0"):
                    comma += 1
                else:
                    either += 1
            elif _COMMA.fullmatch(cell) or _POINT_GROUPS.fullmatch(cell):
                comma += 1
        elif "." in cell and _POINT.fullmatch(cell):
            if _POINT_GROUPS.fullmatch(cell) and not cell.lstrip("+-").startswith("0"):
                continue  # 1.234: either a thousand or a fraction
            point += 1
    if comma != point:
        return "comma" if comma > point else "point"
    return "comma" if either and delimiter != "comma" else "point"


def parsed(texts: Sequence[str] | NDArray[np.object_], decimal: Decimal) -> Floats:
    """Each text as a number; NaN for what is none. Numbers beyond `LARGEST` count as none."""
    cells = np.asarray(texts, dtype=object)
    if decimal == "comma":
        cells = np.array([_to_point(cell) for cell in cells], dtype=object)
    numbers = _plain(cells)
    for at in np.flatnonzero(~np.isfinite(numbers)):
        cell = str(cells[at])
        if (
            cell
            and (cell[0].isdigit() or cell[0] in "+-")
            and (_COMMA_GROUPS.fullmatch(cell) or _GROUPS.fullmatch(cell))
        ):
            numbers[at] = float(re.sub(r"[^\d.+-]", "", cell))
    return usable(numbers)


def usable(numbers: Floats) -> Floats:
    """The numbers with NaN for those that a network could not take, infinite ones among them."""
    return np.where(np.abs(np.nan_to_num(numbers, nan=np.inf)) <= LARGEST, numbers, np.nan)


def _plain(cells: NDArray[np.object_]) -> Floats:
    with np.errstate(all="ignore"):
        return np.array(pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce"), dtype=np.float64)


def _to_point(cell: str) -> str:
    """A text with a decimal comma, written with a decimal point."""
    if "," in cell and _COMMA.fullmatch(cell):
        return cell.replace(",", ".")
    if "." in cell:
        return cell.replace(".", "").replace(",", ".") if _POINT_GROUPS.fullmatch(cell) else cell
    if _GROUPS.fullmatch(cell):
        return re.sub(r"[^\d,+-]", "", cell).replace(",", ".")
    return cell


def missing(texts: Sequence[str] | NDArray[np.object_], marks: frozenset[str]) -> NDArray[np.bool_]:
    """Where a text is one of the marks for a missing value."""
    return np.fromiter((text.lower() in marks for text in texts), dtype=bool, count=len(texts))
