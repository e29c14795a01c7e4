"""Dates: in which form a column writes them, and the numbers they are taken apart into."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: Tried in this order, so day before month where both would do.
FORMATS = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%y", "%d/%m/%Y", "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y",
    "%m-%d-%Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%m/%Y", "%b %Y", "%B %Y",
    "%H:%M", "%H:%M:%S",
)  # fmt: skip
_COMPACT = "%Y%m%d"
#: What a date is taken apart into. `day` is the day of the month, `weekday` 0 for Monday.
PARTS = ("year", "month", "day", "weekday", "hour", "minute", "second")
Dates = NDArray[np.datetime64]


def detect_format(texts: Sequence[str]) -> str | None:
    """The form in which at least 95 % of the (distinct) texts are dates; None where there is none."""
    sample = list(texts[:: max(1, len(texts) // 40)])[:40]
    if not sample or max(map(len, sample)) > 40 or not all(re.search(r"\d", text) for text in sample):
        return None
    if all(re.fullmatch(r"(19|20)\d{6}", text) for text in sample):
        candidates: tuple[str, ...] = (_COMPACT,)
    elif not any(re.search(r"\d[-/.: ]", text) or re.search(r"[A-Za-z]{3}", text) for text in sample):
        return None
    else:
        candidates = FORMATS
    for form in candidates:
        if np.isnat(parse(sample, form)).mean() <= 0.05 and np.isnat(parse(texts, form)).mean() <= 0.05:
            return form
    return None


def parse(texts: Sequence[str] | NDArray[np.object_], form: str) -> Dates:
    """Each text as a date (datetime64, seconds); NaT for what is none in that form."""
    column = pd.to_datetime(pd.Series(list(texts), dtype=object), format=form, errors="coerce", utc="Z" in form)
    if column.dt.tz is not None:
        column = column.dt.tz_localize(None)
    return np.asarray(column.to_numpy().astype("datetime64[s]"))


def apart(dates: Dates) -> dict[str, NDArray[np.float64]]:
    """Each of `PARTS` as numbers (NaN where the date is missing)."""
    series = pd.Series(dates)
    names = {part: "day_of_week" if part == "weekday" else part for part in PARTS}
    return {part: np.asarray(getattr(series.dt, name), dtype=np.float64) for part, name in names.items()}


def together(parts: dict[str, NDArray[np.float64]], form: str) -> list[str]:
    """Dates from their parts, written in `form`: the way back from `apart`, to the nearest."""
    bounds = {
        "year": (1, 9999),
        "month": (1, 12),
        "day": (1, 31),
        "hour": (0, 23),
        "minute": (0, 59),
        "second": (0, 59),
    }
    whole = {name: np.clip(np.round(parts[name]), *bound).astype(int) for name, bound in bounds.items()}
    texts = []
    for year, month, day, hour, minute, second in zip(*(whole[name] for name in bounds), strict=True):
        day = min(day, pd.Timestamp(year=year, month=month, day=1).days_in_month)
        texts.append(pd.Timestamp(year, month, day, hour, minute, second).strftime(form))
    return texts
