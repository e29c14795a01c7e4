"""The way of an edge as an SVG path: out of one port, by the points it must pass, into another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Point = tuple[float, float]


def ports(node: Mapping[str, Any]) -> int:
    """How many inputs a node shows: those that it has and those that it still needs."""
    return max(len(node["inputs"]), int(node["takes"][0]))


def port(height: float, place: int, many: int) -> float:
    """At which height an input ends on the left side."""
    return height * (place + 1) / (many + 1)


def between(boxes: Iterable[tuple[float, float]], upper: float, lower: float) -> float | None:
    """The middle of the lowest gap between two heights; `boxes` are (top, bottom) of what stands there."""
    found, end = None, upper
    for top, bottom in sorted(boxes):
        if bottom <= upper or top >= lower:
            continue
        if top - end >= 16 and end > upper:
            found = (end + top) / 2
        end = max(end, bottom)
    return found


def way(start: Point, end: Point, bends: Sequence[Sequence[float]] = (), gap: float | None = None) -> str:
    """Curves that leave and arrive level. Where the end lies before the start, it goes back at the height `gap`, or
    below both."""
    points = [start, *((x, y) for x, y in bends), end]
    if end[0] < start[0] + 8 and not bends:
        low = max(start[1], end[1]) + 56 if gap is None else gap
        return (
            f"M{_n(start)}C{_n((start[0] + 36, start[1]))} {_n((start[0] + 36, low))} {_n((start[0], low))}"
            f"H{end[0]:g}C{_n((end[0] - 36, low))} {_n((end[0] - 36, end[1]))} {_n(end)}"
        )
    path = f"M{_n(start)}"
    for one, other in zip(points, points[1:], strict=False):
        if one[1] == other[1]:
            path += f"H{other[0]:g}"
        else:
            reach = max((other[0] - one[0]) * 0.5, 14)
            path += f"C{_n((one[0] + reach, one[1]))} {_n((other[0] - reach, other[1]))} {_n(other)}"
    return path


def _n(point: Point) -> str:
    return f"{point[0]:g} {point[1]:g}"
