"""Frames: roles one below the other, open blocks as frames around their inside, everything else as cards.

Places in a document are counted from the frame around them, so that what is in a block moves with it; places in a view
are counted from one origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dlviz.ui.board.entries import BLOCK, Entries, Entry, inside
from dlviz.ui.board.layout import Item, arranged

GRID = 8
#: Between a frame's edge and what is in it: left and right, above (its title), below.
SIDE, HEAD, FOOT = 24, 48, 24
#: Around a role, and between two.
MARGIN, ROLE_HEAD, BETWEEN = 24, 32, 40
NARROWEST, WIDEST, LOW, HIGH = 88, 160, 48, 64

Point = list[float]


@dataclass
class Placed:
    """Where everything is drawn: nodes as (at, size) by path, the inside of closed blocks left out; roles as
    [x, y, width, height]; and for each scope from where the places in its document are counted."""

    nodes: dict[str, tuple[Point, Point]] = field(default_factory=dict)
    roles: dict[str, list[float]] = field(default_factory=dict)
    origins: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass
class _Scope:
    """The inside of a frame, counted from its own origin."""

    at: dict[str, tuple[float, float]]
    sizes: dict[str, tuple[float, float]]
    inner: dict[str, _Scope]

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom; at least the origin."""
        left = min((x for x, _ in self.at.values()), default=0)
        top = min((y for _, y in self.at.values()), default=0)
        right = max((x + self.sizes[name][0] for name, (x, _) in self.at.items()), default=NARROWEST)
        bottom = max((y + self.sizes[name][1] for name, (_, y) in self.at.items()), default=HIGH)
        return min(left, 0), min(top, 0), right, bottom


def placed(networks: Mapping[str, Entries], nodes: Mapping[str, Mapping[str, Any]]) -> Placed:
    """Where the nodes of `networks` are drawn; `nodes` have the texts that their cards must hold."""
    result = Placed()
    top = 0.0
    for role, entries in networks.items():
        scope = _scope(entries, role, nodes)
        left, up, right, down = scope.bounds()
        origin = (0.0, top + ROLE_HEAD - up)
        _put(scope, role, origin, result)
        width, height = right - left + 2 * MARGIN, down - up + ROLE_HEAD + MARGIN
        result.roles[role] = [_whole(left - MARGIN), _whole(top), _whole(width), _whole(height)]
        top = _grid(top + height + BETWEEN)
    return result


def _scope(entries: Entries, path: str, nodes: Mapping[str, Mapping[str, Any]]) -> _Scope:
    inner: dict[str, _Scope] = {}
    sizes: dict[str, tuple[float, float]] = {}
    items: list[Item] = []
    for entry in entries:
        name = entry["name"]
        if entry["kind"] == BLOCK and entry.get("open") is True and inside(entry):
            inner[name] = _scope(inside(entry), f"{path}.{name}", nodes)
            left, up, right, down = inner[name].bounds()
            sizes[name] = (_grid(right - left + 2 * SIDE), _grid(down - up + HEAD + FOOT))
        else:
            sizes[name] = size(entry, nodes[f"{path}.{name}"])
        items.append(Item(name, *sizes[name], tuple(entry["inputs"]), _at(entry)))
    return _Scope(arranged(items), sizes, inner)


def _put(scope: _Scope, path: str, origin: tuple[float, float], result: Placed) -> None:
    result.origins[path] = origin
    for name, (x, y) in scope.at.items():
        at = (origin[0] + x, origin[1] + y)
        result.nodes[f"{path}.{name}"] = ([_whole(each) for each in at], [_whole(each) for each in scope.sizes[name]])
        if name in scope.inner:
            left, up, _, _ = scope.inner[name].bounds()
            _put(scope.inner[name], f"{path}.{name}", (at[0] + SIDE - left, at[1] + HEAD - up), result)


def size(entry: Entry, node: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height of a card that holds a node's texts."""
    title = str(node.get("block", {}).get("title") or entry["kind"])
    widest = max(7.6 * len(title) + 28, 5.9 * len(node.get("summary", "")) + 24, 6.4 * len(node.get("shape", "")) + 24)
    return int(min(max(_grid(widest), NARROWEST), WIDEST)), HIGH if node.get("summary") else LOW + GRID


def _at(entry: Entry) -> tuple[float, float] | None:
    match entry.get("at"):
        case [int(x) | float(x), int(y) | float(y)]:
            return float(x), float(y)
    return None


def _grid(value: float) -> float:
    """The next step of the grid that is not below."""
    return -(-value // GRID) * GRID


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else round(value, 1)
