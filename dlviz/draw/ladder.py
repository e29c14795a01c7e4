"""Ladder: labels line below line, each at the foot of a line that leads to the place it names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

Side = Literal["right", "left", "middle"]

#: The least width of a plot, in pixels: that of a telephone, without its margins.
NARROWEST = 296
#: The mean width of a letter of 12 pixels, and what lies between a label and its leading line.
_LETTER, _GAP = 5.5, 8
#: How far a label reaches to the left and to the right of its foot, in widths of its own.
_REACH: dict[Side, tuple[float, float]] = {"right": (0.0, 1.0), "left": (1.0, 0.0), "middle": (0.5, 0.5)}


class Rung(NamedTuple):
    """The line on which a label stands, and on which side of its foot; `middle`: below it."""

    line: int
    side: Side


def ladder(at: Sequence[float], letters: Sequence[int]) -> list[Rung]:
    """A rung for each label of so many letters that names the place `at` (0 to 1 of the width). As far as that can be
    had, none leaves the narrowest plot, and none stands in the way of a line that leads further down; in wider plots
    there is less in the way. The first label keeps the first line.
    """
    wide = [(_LETTER * many + _GAP) / NARROWEST for many in letters]
    rungs: dict[int, Rung] = {}
    waiting = list(range(len(at)))
    while waiting:
        free = waiting if rungs else waiting[:1]
        tried = [(label, side) for label in free for side in _REACH]
        label, side = min(tried, key=lambda one: _harm(one[0], one[1], at, wide, waiting))
        rungs[label] = Rung(len(rungs), side)
        waiting.remove(label)
    return [rungs[label] for label in range(len(at))]


def _harm(label: int, side: Side, at: Sequence[float], wide: Sequence[float], waiting: list[int]) -> tuple[float, int]:
    """By how much the label would leave the plot, then how many lines would lead through it."""
    left, right = _REACH[side]
    start, end = at[label] - left * wide[label], at[label] + right * wide[label]
    through = sum(start < at[other] < end for other in waiting if other != label)
    return round(max(0.0, -start) + max(0.0, end - 1), 6), through
