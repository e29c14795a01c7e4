"""Figures: what the chapters of a report draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from dlviz.core.values import Array
from dlviz.core.written import number, percent
from dlviz.reports.svg import LETTER, WIDTH, Drawing, fitting
from dlviz.studies.calibration import Reliability

#: Room on the right for a bar's number, and how tall a row of a bar with its name is.
_NUMBERS, _ROW = 58, 34


class Range(NamedTuple):
    """A figure by name with its interval; `marked`: it is worse than chance."""

    name: str
    value: float
    low: float
    high: float
    marked: bool = False


def ranges(rows: Sequence[Range], overall: float, said: Callable[[float], str], alt: str, share: bool) -> str:
    """Figures with their intervals below their names; the dashed line is the figure of all. Marked ones are orange
    diamonds, the others blue dots."""
    made = Drawing(_ROW * len(rows) + 28)
    least = min(row.low for row in rows)
    # shares that all lie high would hardly be told apart on a line from 0
    low = (0.0 if least < 0.4 else np.floor(10 * least) / 10) if share else min(0.0, least)
    high = 1.0 if share else max(overall, *(row.high for row in rows)) or 1.0
    wide = WIDTH - _NUMBERS - 8

    def x(value: float) -> float:
        return 4 + wide * (min(max(value, low), high) - low) / (high - low)

    end = _ROW * len(rows) + 4
    made.line(x(overall), 2, x(overall), end, "ink", 1, "3 3")
    for at, row in enumerate(rows):
        top = _ROW * at
        look = "orange" if row.marked else "blue"
        made.text(4, top + 13, fitting(("▼ " if row.marked else "") + row.name, WIDTH - 8), bold=row.marked)
        made.line(4, top + 24, 4 + wide, top + 24, "line")
        made.line(x(row.low), top + 24, x(row.high), top + 24, look, 2)
        for edge in (row.low, row.high):
            made.line(x(edge), top + 20.5, x(edge), top + 27.5, look, 1.5)
        if row.marked:
            made.diamond(x(row.value), top + 24, 4.5, look)
        else:
            made.dot(x(row.value), top + 24, 3.5, look)
        made.text(WIDTH - 4, top + 28, said(row.value), anchor="end")
    overall_at = x(overall)
    anchor = "end" if overall_at > WIDTH / 2 else "start"
    made.text(overall_at, end + 14, f"all: {said(overall)}", "faint", anchor)
    return made.svg(alt)


def bars(names: Sequence[str], values: Array, alt: str, low: Array | None = None, high: Array | None = None) -> str:
    """Bars below their names; a thin line from `low` to `high`; what is below 0 is orange, to the left of the line."""
    made = Drawing(_ROW * len(names) + 6)
    ends = [values, *(end for end in (low, high) if end is not None)]
    left = min(0.0, *(float(end.min()) for end in ends))
    right = max(0.0, *(float(end.max()) for end in ends))
    span = right - left or 1.0
    wide = WIDTH - _NUMBERS - 8

    def x(value: float) -> float:
        return 4 + wide * (value - left) / span

    for at, (name, value) in enumerate(zip(names, values, strict=True)):
        top = _ROW * at
        made.text(4, top + 13, fitting(name, WIDTH - 8))
        made.box(min(x(0), x(value)), top + 18, abs(x(value) - x(0)), 11, "blue" if value >= 0 else "orange")
        if low is not None and high is not None:
            made.line(x(float(low[at])), top + 23.5, x(float(high[at])), top + 23.5, "ink", 1.3)
        made.line(x(0), top + 17, x(0), top + 30, "faint")
        made.text(WIDTH - 4, top + 28, f"{value:.3g}" if abs(value) > 1e-6 * span else "0", anchor="end")
    return made.svg(alt)


def reliability(made: Reliability, alt: str) -> str:
    """How sure it is across, how often right upwards, with intervals; below, how many answers there are of each."""
    side, left, top, strip = 262.0, 44.0, 8.0, 36.0
    drawn = Drawing(top + side + 22 + strip + 34)

    def place(share: float, up: float) -> tuple[float, float]:
        return left + side * share, top + side * (1 - up)

    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        drawn.line(*place(0, tick), *place(1, tick), "line")
        drawn.line(*place(tick, 0), *place(tick, 1), "line")
        drawn.text(left - 5, place(0, tick)[1] + 4, f"{round(100 * tick)} %", "faint", "end", size=10)
        drawn.text(place(tick, 0)[0], top + side + 13, f"{round(100 * tick)} %", "faint", "middle", size=10)
    drawn.line(*place(0, 0), *place(1, 1), "ink", 1.2, "4 3")
    drawn.text(*place(0.03, 0.94), "not sure enough", "faint")
    drawn.text(*place(0.97, 0.03), "too sure", "faint", "end")
    points = [place(sure, right) for sure, right in zip(made.confidence, made.accuracy, strict=True)]
    for (x, y), low, high in zip(points, made.low, made.high, strict=True):
        drawn.line(x, place(0, low)[1], x, place(0, high)[1], "blue", 1.5)
        drawn.dot(x, y, 4)
    drawn.path(points, "blue", 1.5)
    most, foot = float(made.count.max()), top + side + 22 + strip
    for (x, _), count in zip(points, made.count, strict=True):
        drawn.box(x - 8, foot - strip * count / most, 16, strip * count / most, "blue", 0.55)
    drawn.line(left, foot, left + side, foot, "faint")
    drawn.text(left + side, foot + 13, "how sure it is, and how many answers", "faint", "end")
    return drawn.svg(alt)


def scatter(true: Array, predicted: Array, unit: str, alt: str) -> str:
    """The true numbers across, the predicted ones upwards; on the dashed line both are the same."""
    side, left, top = 280.0, 66.0, 8.0
    low, high = float(min(true.min(), predicted.min())), float(max(true.max(), predicted.max()))
    span = high - low or 1.0
    made = Drawing(top + side + 34)

    def place(across: float, up: float) -> tuple[float, float]:
        return left + side * (across - low) / span, top + side * (1 - (up - low) / span)

    for tick in np.linspace(low, high, 4):
        made.line(*place(low, tick), *place(high, tick), "line")
        said = f"{tick:.3g}" if abs(tick) < 1000 else f"{tick:,.0f}"
        made.text(left - 5, place(low, tick)[1] + 4, said, "faint", "end", size=10)
        made.text(place(tick, low)[0], top + side + 13, said, "faint", "middle", size=10)
    made.line(*place(low, low), *place(high, high), "ink", 1.2, "4 3")
    for across, up in zip(true, predicted, strict=True):
        made.dot(*place(float(across), float(up)), 2.6, "blue", 0.55)
    made.text(left + side, top + side + 28, f"true{f' ({unit})' if unit else ''}; upwards: predicted", "faint", "end")
    return made.svg(alt)


def confusion(counts: Array, names: Sequence[str], alt: str) -> str:
    """True classes downwards, predicted ones across; each row is shaded by its own sum."""
    size, longest = len(names), max(map(len, names))
    left, top = min(96.0, 20 + 6 * longest), 34 + min(46.0, 4.2 * longest)
    cell = min(44.0, (WIDTH - left - 6) / size)
    made = Drawing(top + cell * size + 8)
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    made.text(4, 12, "rows: true, columns: predicted", "faint")
    for at, name in enumerate(names):
        made.text(left - 6, top + cell * (at + 0.5) + 4, fitting(name, left - 10), anchor="end")
        x = left + cell * (at + 0.5)
        made.slanted(x - 2, top - 6, fitting(name, 70))
    for row in range(size):
        for column in range(size):
            x, y = left + cell * column, top + cell * row
            made.box(x, y, cell - 1, cell - 1, "line", 0.5)
            made.box(x, y, cell - 1, cell - 1, "blue" if row == column else "orange", float(share[row, column]) * 0.85)
            if counts[row, column]:
                look = "paper" if share[row, column] > 0.6 else "ink"
                made.text(x + (cell - 1) / 2, y + cell / 2 + 4, f"{int(counts[row, column])}", look, "middle")
    return made.svg(alt)


class Line(NamedTuple):
    """A curve by name over common places; `dash` tells it apart where colours do not."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    look: str = "blue"
    dash: str = ""


def curves(lines: Sequence[Line], across: str, alt: str) -> str:
    """Curves over one axis, their names below."""
    left, top, tall = 52.0, 8.0, 150.0
    wide = WIDTH - left - 8
    made = Drawing(top + tall + 38)
    xs, ys = np.concatenate([line.x for line in lines]), np.concatenate([line.y for line in lines])
    first, last, low, high = float(xs.min()), float(xs.max()), float(ys.min()), float(ys.max())
    span = high - low or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        return left + wide * (x - first) / ((last - first) or 1.0), top + tall * (1 - (y - low) / span)

    for tick in (low, low + span / 2, high):
        made.line(left, place(first, tick)[1], left + wide, place(first, tick)[1], "line")
        made.text(left - 5, place(first, tick)[1] + 4, f"{tick:.3g}", "faint", "end", size=10)
    for line in lines:
        made.path([place(x, y) for x, y in zip(line.x, line.y, strict=True)], line.look, 1.8, line.dash)
    made.text(left + wide, top + tall + 14, f"{across} {number(last)}", "faint", "end", size=10)
    at = left
    for line in lines:
        made.path([(at, top + tall + 27), (at + 22, top + tall + 27)], line.look, 2, line.dash)
        made.text(at + 27, top + tall + 31, line.name)
        at += 42 + 6 * len(line.name)
    return made.svg(alt)


def strip(values: Array, alt: str, width: float = 200, height: float = 64) -> str:
    """A series or a sound as one small curve."""
    made = Drawing(height, width)
    if len(values) > 2 * width:  # the extremes of each piece: a sound drawn point by point would be a block
        pieces = np.array_split(values, int(width))
        values = np.concatenate([[piece.min(), piece.max()] for piece in pieces])
    low, high = float(values.min()), float(values.max())
    span = high - low or 1.0
    x = np.linspace(2, width - 2, len(values))
    y = 3 + (height - 6) * (1 - (values - low) / span)
    made.path(list(zip(x.tolist(), y.tolist(), strict=True)), "blue", 1.2)
    return made.svg(alt)


def headline(value: float, low: float, high: float, baseline: float, share: bool, alt: str) -> str:
    """A test figure with its interval, and what a trivial guess reaches."""
    made = Drawing(58)
    ends = (0.0, 1.0) if share else (min(baseline, low), max(baseline, high))
    span = ends[1] - ends[0] or 1.0
    pad = 0.0 if share else 0.08 * span
    first, last = ends[0] - pad, ends[1] + pad
    said = percent if share else number

    def x(figure: float) -> float:
        return 12 + (WIDTH - 24) * (figure - first) / (last - first)

    made.line(12, 28, WIDTH - 12, 28, "line", 2)
    made.line(x(low), 28, x(high), 28, "blue", 6)
    made.diamond(x(value), 28, 6, "ink")
    made.line(x(baseline), 18, x(baseline), 38, "orange", 2.5)
    named = f"trivial guess: {said(baseline)}"
    made.text(_within(x(value), said(value), 13), 13, said(value), anchor="middle", bold=True, size=13)
    made.text(_within(x(baseline), named, 11), 52, named, "faint", "middle")
    return made.svg(alt)


def _within(x: float, text: str, size: float) -> float:
    """Where the middle of a text must stand to be near `x` and on the sheet."""
    half = LETTER * size / 11 * len(text) / 2 + 4
    return min(max(x, half), WIDTH - half)
