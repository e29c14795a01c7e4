"""Layout: nodes from left to right in layers, each behind all that it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

GAP_X, GAP_Y = 40, 28


@dataclass(frozen=True)
class Item:
    """What is laid out: its size, what it reads, and where it was put by hand."""

    name: str
    width: float
    height: float
    inputs: tuple[str, ...] = ()
    at: tuple[float, float] | None = None


def arranged(items: Sequence[Item]) -> dict[str, tuple[float, float]]:
    """The upper left corner of each item."""
    x, level = 0.0, dict[str, int]()
    by_name = {item.name: item for item in items}
    for _ in range(len(items)):
        grown = {
            n: 1 + max((level.get(s, 0) for s in i.inputs if s in by_name), default=-1) for n, i in by_name.items()
        }
        grown = {n: min(number, len(items)) for n, number in grown.items()}
        if grown == level:
            break
        level = grown
    places: dict[str, tuple[float, float]] = {}
    for number in sorted(set(level.values())):
        here = [item for item in items if level[item.name] == number]
        y = 0.0
        for item in here:
            places[item.name] = item.at or (x, y)
            y += item.height + GAP_Y
        x += max(item.width for item in here) + GAP_X
    return places
