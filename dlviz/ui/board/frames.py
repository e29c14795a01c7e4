"""Frames: roles one below the other, open blocks as frames around their inside, everything else as cards.

Places in a document are counted from the frame around them, so that what is in a block moves with it; places in a view
are counted from one origin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dlviz.ui.board.entries import BLOCK, Entries, Entry, inside
from dlviz.ui.board.layout import LINE, Arranged, Item, arranged
from dlviz.ui.board.lines import up

#: Between a frame's edge and what is in it: left and right, above (its title), below.
SIDE, HEAD, FOOT = 24, 48, 24
#: So much of a frame may stay empty for the sake of a straight line.
EMPTY = 64
#: Around a role, and between two.
MARGIN, ROLE_HEAD, BETWEEN = 24, 32, 40
NARROWEST, WIDEST, HEIGHT = 88, 160, 56

Point = list[float]
#: Width and height of a node's card, from its entry and what is known of it.
Size = Callable[[Entry, Mapping[str, Any]], tuple[float, float]]


@dataclass
class Placed:
    """Where everything is drawn: nodes as (at, size) by path, the inside of closed blocks left out; the points that
    long edges go by, as node → what it reads → points; roles as [x, y, width, height]; and for each scope from where
    the places in its document are counted."""

    nodes: dict[str, tuple[Point, Point]] = field(default_factory=dict)
    bends: dict[str, dict[str, list[Point]]] = field(default_factory=dict)
    roles: dict[str, list[float]] = field(default_factory=dict)
    origins: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass
class _Scope:
    """The inside of a frame, counted from its own origin."""

    arranged: Arranged
    sizes: dict[str, tuple[float, float]]
    inner: dict[str, _Scope]

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        places = self.arranged.at
        bends = [point for points in self.arranged.bends.values() for point in points]
        if not places:
            return 0, 0, NARROWEST, HEIGHT
        left = min(x for x, _ in places.values())
        top = min([*(y for _, y in places.values()), *(y for _, y in bends)])
        right = max(x + self.sizes[name][0] for name, (x, _) in places.items())
        bottom = max([*(y + self.sizes[name][1] for name, (_, y) in places.items()), *(y for _, y in bends)])
        return left, top, right, bottom


def placed(
    networks: Mapping[str, Entries],
    nodes: Mapping[str, Mapping[str, Any]],
    sized: Size | None = None,
    narrow: bool = False,
) -> Placed:
    """Where the nodes of `networks` are drawn; `nodes` have the texts that their cards must hold, unless `sized` says
    how large each is; `narrow`: in short rows. The first network stays where it is whatever grows in it; each further
    one stands below the one before."""
    result = Placed()
    end: float | None = None
    for role, entries in networks.items():
        scope = _scope(entries, role, nodes, sized or size, narrow)
        left, top, right, bottom = scope.bounds()
        y = 0.0 if end is None else up(end + BETWEEN + ROLE_HEAD - top)
        _put(scope, role, (0.0, y), result)
        end = y + bottom + MARGIN
        frame = [left - MARGIN, y + top - ROLE_HEAD, right - left + 2 * MARGIN, bottom - top + ROLE_HEAD + MARGIN]
        result.roles[role] = [_whole(each) for each in frame]
    return result


def _scope(entries: Entries, path: str, nodes: Mapping[str, Mapping[str, Any]], sized: Size, narrow: bool) -> _Scope:
    inner: dict[str, _Scope] = {}
    sizes: dict[str, tuple[float, float]] = {}
    items: list[Item] = []
    for entry in entries:
        name = entry["name"]
        if entry["kind"] == BLOCK and entry.get("open") is True and inside(entry):
            inner[name] = _scope(inside(entry), f"{path}.{name}", nodes, sized, narrow)
            left, top, right, bottom = inner[name].bounds()
            sizes[name] = (up(right - left + 2 * SIDE), up(_height(top, bottom)))
        else:
            sizes[name] = sized(entry, nodes[f"{path}.{name}"])
        items.append(Item(name, *sizes[name], tuple(entry["inputs"]), _at(entry)))
    return _Scope(arranged(tuple(items), narrow), sizes, inner)


def _put(scope: _Scope, path: str, origin: tuple[float, float], result: Placed) -> None:
    result.origins[path] = origin
    for name, (x, y) in scope.arranged.at.items():
        at = (origin[0] + x, origin[1] + y)
        result.nodes[f"{path}.{name}"] = ([_whole(each) for each in at], [_whole(each) for each in scope.sizes[name]])
        if name in scope.inner:
            left, top, _, bottom = scope.inner[name].bounds()
            straight = _height(top, bottom) > bottom - top + HEAD + FOOT
            inside_y = scope.sizes[name][1] / 2 - LINE if straight else HEAD - top
            _put(scope.inner[name], f"{path}.{name}", (at[0] + SIDE - left, at[1] + inside_y), result)
    for (source, target), points in scope.arranged.bends.items():
        moved = [[_whole(origin[0] + x), _whole(origin[1] + y)] for x, y in points]
        result.bends.setdefault(f"{path}.{target}", {})[f"{path}.{source}"] = moved


def _height(top: float, bottom: float) -> float:
    """How high a frame is around an inside from `top` to `bottom`: with the inside's line half way up, so that it goes
    on outside, unless much would stay empty."""
    half = max(HEAD + LINE - top, bottom + FOOT - LINE)
    tight = bottom - top + HEAD + FOOT
    return 2 * up(half) if 2 * half - tight <= EMPTY else tight


def size(entry: Entry, node: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height of a card that holds a node's texts: kind and a name that says more, settings, shape and
    weights."""
    block = entry["kind"] == BLOCK
    title = str(entry.get("title") or BLOCK) if block else str(entry["kind"])
    head = 7.6 * len(title) + (6.7 * len(entry["name"]) + 8 if telling(entry["name"], title) else 0)
    head += 22 * block + (20 if entry.get("repeat", 1) != 1 else 0)
    result = 6.6 * len(node.get("shape", "")) + (38 if node.get("parameters") else 0)
    widest = max(head, 5.8 * len(node.get("summary", "")), result) + 26
    return int(min(max(up(widest), NARROWEST), WIDEST)), HEIGHT


def telling(name: str, title: str) -> bool:
    """Whether a name says more than the layer's kind: conv2d_2 does not."""
    return not title.lower().startswith(name.lower().rstrip("_0123456789").replace("_", ""))


def _at(entry: Entry) -> tuple[float, float] | None:
    match entry.get("at"):
        case [int(x) | float(x), int(y) | float(y)]:
            return float(x), float(y)
    return None


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else round(value, 1)
