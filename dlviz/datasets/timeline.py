"""Timeline: the rows of a table on an even grid of time, with every gap and every mend told by its line in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlviz.core.problems import WrongInput, nearest
from dlviz.datasets import dates
from dlviz.datasets.numbers import missing, parsed
from dlviz.datasets.sheet import Sheet
from dlviz.datasets.spacing import Places, Spacing, detect_spacing

Floats = NDArray[np.float64]
#: A grid may have so many times as many steps as there are rows; more, and the rows are not evenly spaced.
_SPARSE = 3


@dataclass(frozen=True)
class Timeline:
    """Steps at even distances: `values` (steps, names), NaN where missing; `rows` (steps,): which row of the file each
    step is, -1 where there is none."""

    name: str
    names: tuple[str, ...]
    times: dates.Dates
    values: Floats
    rows: Places
    spacing: Spacing
    #: How the file writes its times; "" for dates of a Parquet file.
    form: str
    notes: tuple[str, ...] = ()

    def filled(self, most: int) -> Floats:
        """The values, those of short gaps (up to `most` steps) the last one known. Never the next one: what comes after
        a gap may be what is to be forecast."""
        found = self.values.copy()
        steps = np.arange(len(found))
        for column in found.T:
            last = np.maximum.accumulate(np.where(np.isnan(column), -1, steps))
            reach = np.isnan(column) & (last >= 0)
            begins = np.flatnonzero(reach & ~np.r_[False, reach[:-1]])
            ends = np.flatnonzero(reach & ~np.r_[reach[1:], False])
            for begin, end in zip(begins, ends, strict=True):
                if end - begin < most:
                    column[begin : end + 1] = column[begin - 1]
        return found


def timeline(sheet: Sheet, time: tuple[str, ...], names: tuple[str, ...], form: str = "") -> Timeline:
    """The columns `names` of a sheet over the time that the columns `time` tell together (`form`: how they write it,
    their cells joined by a space; found out where it is empty). Raises `WrongInput`."""
    known = [str(name) for name in sheet.frame.columns]
    for name in (*time, *names):
        if name not in known:
            raise WrongInput(f"There is no column `{name}` in {sheet.name}. {nearest(name, known)}".strip())
    cells = sheet.texts(time[0])
    for more in time[1:]:
        cells = np.array([f"{a} {b}" for a, b in zip(cells, sheet.texts(more), strict=True)], dtype=object)
    form = form or _form(sheet, time[0], cells)
    moments = dates.parse(cells, form)
    if np.isnat(moments).any():
        row = int(np.isnat(moments).argmax())
        raise WrongInput(
            f"Every row of {sheet.name} needs a time, written like the others ({form}). Received in "
            f"{line(sheet, row)}, `{time[0]}`: {str(cells[row])[:60]!r}. Mend that cell, or take the row away."
        )
    values = np.stack([_numbers(sheet, name) for name in names], axis=1)
    return _laid_out(sheet, names, moments, values, form)


def line(sheet: Sheet, row: int) -> str:
    """A row as a person finds it in the file."""
    return f"line {row + 1 + sheet.header}" if sheet.delimiter else f"row {row + 1}"


def _form(sheet: Sheet, name: str, cells: NDArray[np.object_]) -> str:
    if cells.size and all(re.fullmatch(r"(1\d|20)\d\d", str(cell)) for cell in cells):
        return "%Y"
    distinct = list(dict.fromkeys(map(str, cells)))
    found = dates.detect_format(distinct)
    if found is None:  # a wrong one among few: then most are written as one of the first three
        guesses = filter(None, (dates.detect_format([cell]) for cell in distinct[:3]))
        found = next((form for form in guesses if np.isnat(dates.parse(distinct, form)).mean() < 0.5), None)
    if found is None:
        raise WrongInput(
            f"`{name}` of {sheet.name} must hold dates or times, such as 2024-05-31 or 2024-05-31 14:00, all written "
            f"in the same way. Received in {line(sheet, 0)}: {str(cells[0])[:60]!r}. Choose another column as `time`."
        )
    return found


def _numbers(sheet: Sheet, name: str) -> Floats:
    """A column as numbers, NaN where missing."""
    cells = sheet.texts(name)
    numbers = parsed(cells, sheet.decimal)
    wrong = np.isnan(numbers) & ~missing(cells, sheet.marks)
    if wrong.any():
        row = int(wrong.argmax())
        raise WrongInput(
            f"Every cell of `{name}` in {sheet.name} must be a number, or empty where it is missing. Received in "
            f"{line(sheet, row)}: {str(cells[row])[:60]!r}. Mend it, or leave the column out."
        )
    if np.isnan(numbers).all():
        raise WrongInput(f"`{name}` in {sheet.name} holds no number at all. Choose another column.")
    return numbers


def _laid_out(sheet: Sheet, names: tuple[str, ...], moments: dates.Dates, values: Floats, form: str) -> Timeline:
    notes = []
    order = np.argsort(moments, kind="stable")
    back = np.flatnonzero(np.diff(moments) < np.timedelta64(0, "s"))
    if len(back):
        notes.append(
            f"The rows were not in the order of time ({line(sheet, int(back[0]) + 1)} is earlier than the one before "
            "it); they were put in order."
        )
    moments, values, rows = moments[order], values[order], order.astype(np.int64)
    twice = np.flatnonzero(np.diff(moments) == np.timedelta64(0, "s")) + 1
    if len(twice):
        for second in twice:
            if not np.array_equal(values[second], values[second - 1], equal_nan=True):
                raise WrongInput(
                    f"Each time may stand in {sheet.name} once. Received {_written(moments[second], form)} in "
                    f"{line(sheet, int(rows[second - 1]))} and {line(sheet, int(rows[second]))} with other values. "
                    "Take one away; several series need a column each."
                )
        notes.append(
            f"{len(twice)} rows stood there twice, the first in {line(sheet, int(rows[twice[0]]))}; one of each was "
            "kept."
        )
        kept = np.setdiff1d(np.arange(len(moments)), twice)
        moments, values, rows = moments[kept], values[kept], rows[kept]
    if len(moments) < 3:
        raise WrongInput(f"{sheet.name} must have at least 3 different times. Received: {len(moments)}.")
    spacing = detect_spacing(moments)
    places = spacing.places(moments, moments[0])
    between = np.flatnonzero(places != np.round(places))
    length = int(places[-1]) + 1
    if len(between) or length > _SPARSE * len(moments) or len(np.unique(places)) < len(places):
        same = np.flatnonzero(np.diff(places) == 0) + 1
        at = int(between[0]) if len(between) else int(same[0]) if len(same) else int(np.diff(places).argmax()) + 1
        raise WrongInput(
            f"The times of {sheet.name} must be evenly spaced; most are one {spacing} apart. Received in "
            f"{line(sheet, int(rows[at]))}: {_written(moments[at], form)} after {_written(moments[at - 1], form)}. "
            "Bring the rows to even times first, such as the mean of each hour or day."
        )
    at_grid = places.astype(np.int64)
    table, own = np.full((length, len(names)), np.nan), np.full(length, -1, dtype=np.int64)
    table[at_grid], own[at_grid] = values, rows
    gaps = np.flatnonzero(np.diff(at_grid) > 1)
    if len(gaps):
        notes.append(
            f"{length - len(moments):,} times are missing ({len(gaps)} gaps, the first after "
            f"{line(sheet, int(rows[gaps[0]]))}, {_written(moments[gaps[0]], form)})."
        )
    for number, name in enumerate(names):
        empty = np.flatnonzero(np.isnan(values[:, number]))
        if len(empty):
            notes.append(
                f"`{name}` is missing in {len(empty):,} rows, the first in {line(sheet, int(rows[empty[0]]))}."
            )
    times = spacing.times(moments[0], np.arange(length))
    return Timeline(sheet.name, names, times, table, own, spacing, form, tuple(notes))


def _written(moment: np.datetime64, form: str) -> str:
    import pandas as pd

    return str(pd.Timestamp(moment).strftime(form or "%Y-%m-%d %H:%M"))


def written(moments: dates.Dates, form: str) -> list[str]:
    """Times as the file writes them."""
    return [_written(moment, form) for moment in moments]
