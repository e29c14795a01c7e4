"""What a place on the canvas says: a layer dropped behind the end of a chain is meant to follow it, and one added after
a layer that was put by hand stands beside that one, not where the layout would have put it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlviz.ui.board.beside import overlap
from dlviz.ui.board.entries import Entries
from dlviz.ui.board.frames import HEIGHT, WIDEST
from dlviz.ui.board.layout import GAP_X
from dlviz.ui.board.scope import entries_at, split, with_entries
from dlviz.ui.board.view import Drawn

#: A drop so far right of an end, and so far above or below its line, still follows it.
_REACH, _ASIDE = 120, 44
_STEP = HEIGHT + 32
_BESIDE = 24


def end_before(shown: Drawn, scope: str, at: Sequence[float]) -> str | None:
    """The path of the node in `scope` that nothing reads and behind which `at` lies, on the canvas."""
    nodes = shown.view["nodes"]
    read = {source for node in nodes.values() for source in node["inputs"]}
    found: list[tuple[float, str]] = []
    for path, node in nodes.items():
        if node["parent"] != scope or path in read or "at" not in node:
            continue
        right = at[0] - node["at"][0] - node["size"][0]
        aside = abs(at[1] + HEIGHT / 2 - node["at"][1] - node["size"][1] / 2)
        if -GAP_X < right <= _REACH and aside <= _ASIDE:
            found.append((right, path))
    return min(found, default=(0.0, None))[1]


def uncovered(shown: Drawn, at: Sequence[float]) -> list[float]:
    """`at`, or a place a little beside it where just there a node stands already: both shall be seen."""
    taken = [node["at"] for node in shown.view["nodes"].values() if "at" in node]
    x, y = at
    while any(abs(x - left) < _BESIDE and abs(y - top) < _BESIDE for left, top in taken):
        x, y = x + _BESIDE, y + _BESIDE
    return [x, y]


def settled(networks: Mapping[str, Entries], new: Sequence[str], shown: Drawn) -> dict[str, Entries]:
    """The networks with a place for each node of `new` that reads one put by hand and has none itself: to the right of
    that one, lower where something stands there."""
    changed = dict(networks)
    for path in new:
        scope, name = split(path)
        entries = entries_at(changed, scope)
        by_name = {entry["name"]: entry for entry in entries}
        entry = by_name.get(name)
        if path in shown.view["nodes"] or entry is None or entry.get("at") is not None:
            continue
        source = next((by_name[each] for each in entry["inputs"] if by_name.get(each, {}).get("at") is not None), None)
        if source is None:
            continue
        at = _free(shown, changed, scope, source)
        placed = [{**each, "at": at} if each["name"] == name else each for each in entries]
        changed = with_entries(changed, scope, placed)
    return changed


def _free(shown: Drawn, networks: Mapping[str, Entries], scope: str, source: Mapping[str, Any]) -> list[float]:
    nodes = shown.view["nodes"]
    dx, dy = shown.origins.get(scope, (0.0, 0.0))
    boxes = [
        (node["at"][0] - dx, node["at"][1] - dy, *node["size"])
        for path, node in nodes.items()
        if node["parent"] == scope and "at" in node
    ]
    for entry in entries_at(networks, scope):
        if f"{scope}.{entry['name']}" not in nodes and entry.get("at") is not None:
            boxes.append((*entry["at"], WIDEST, HEIGHT))
    width = nodes.get(f"{scope}.{source['name']}", {}).get("size", [WIDEST])[0]
    x, y = source["at"][0] + width + GAP_X, source["at"][1]
    while any(overlap((x, y, WIDEST, HEIGHT), box) for box in boxes):
        y += _STEP
    return [x, y]
