"""Shades: numbers from low to high as colour and shape at once, so that either alone tells them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np

from dlviz.core.values import Array
from dlviz.draw import palette

#: Longer names are cut in the middle, so that bars keep their room on a telephone.
LONGEST = 32
#: By a third of the range: what a mark says, and its symbol.
_THIRDS = (("low", "triangle-down"), ("middle", "circle"), ("high", "triangle-up"))


class Shade(NamedTuple):
    """Marks that look alike but for their colour: which of all they are."""

    name: str
    at: Array
    marker: dict[str, Any]


def shades(numbers: Array, dark: bool) -> Iterator[Shade]:
    """Groups of marks for `numbers` (N,) from 0 (low) to 1 (high); NaN, which has no order, gets a mark of its own."""
    ground = palette.ground(dark)
    stops = palette.sequential(dark)
    faint, middle, full = (color for _, color in stops)
    # from the paper's own colour nothing could be told
    scale = [[0.0, palette.mixed(faint, middle, 0.45)], [0.5, middle], [1.0, full]]
    outline = {"width": 0.8, "color": palette.mixed(ground.paper, ground.ink, 0.65)}
    third = np.where(np.isfinite(numbers), np.clip(np.nan_to_num(numbers) * 3, 0, 2).astype(int), -1)
    for number, (name, symbol) in enumerate(_THIRDS):
        at = np.flatnonzero(third == number)
        if len(at):
            marker = {"color": numbers[at], "cmin": 0, "cmax": 1, "colorscale": scale, "line": outline}
            yield Shade(name, at, {**marker, "symbol": symbol})
    at = np.flatnonzero(third == -1)
    if len(at):
        yield Shade("has no order", at, {"color": ground.faint, "symbol": "diamond-open", "line": {"width": 1}})


def scaled(numbers: Array) -> Array:
    """Numbers as 0 (the lowest) to 1 (the highest); NaN stays."""
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return np.full(len(numbers), np.nan)
    low, high = float(known.min()), float(known.max())
    return np.asarray((numbers - low) / (high - low) if high > low else np.where(np.isfinite(numbers), 0.5, np.nan))


def labels(names: Sequence[str]) -> list[str]:
    """Names as plotly shows them letter by letter, the long ones cut in the middle."""
    return [escape(cut(name)) for name in names]


def short(number: float) -> str:
    """A number beside its bar, in three digits or whole."""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def cut(name: str, most: int = LONGEST) -> str:
    """A name of at most so many letters, 20 or more."""
    if len(name) <= most:
        return name
    return f"{name[: most - 11].rstrip()}…{name[-10:].lstrip()}"
