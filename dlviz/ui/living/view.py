"""The living view: all that the browser draws of a run's network before any figure of it has come.

    {roles: {model: {about, answer, layers | nodes, order, edges, size}}, names: [x, y]}

A role whose network takes points of the plane is drawn by its units (`units.py`); every other as a graph of cards.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from dlviz.core.values import Category, Image, Kind, Vector
from dlviz.ui.board import frames, picture
from dlviz.ui.board.entries import BLOCK, Entries, Entry, inside
from dlviz.ui.board.known import known
from dlviz.ui.board.view import drawn
from dlviz.ui.living import units

if TYPE_CHECKING:
    from dlviz.datasets.data import Fields
    from dlviz.tasks.task import Role

#: A card; around the whole drawing, and at the sides, where edges swing out from row to row.
CARD = (168, 132)
MARGIN, SWING = 20, 44
_KEPT = ("kind", "group", "inputs", "parent", "summary", "shape", "parameters", "at", "size", "block")


def view(
    document: Mapping[str, Any], roles: Mapping[str, Role], fields: Fields, turned: Collection[str] = ()
) -> dict[str, Any]:
    """The view of a completed spec. `turned`: the paths of blocks that are shown open where they are drawn closed, and
    the other way round."""
    networks = {role: _turned(document["networks"][role], role, set(turned)) for role in roles}
    made: dict[str, Any] = {}
    for name, role in roles.items():
        found = known(networks[name], role)
        layers = units.layers(networks[name], name, found.nodes)
        about = {"about": role.about, "answer": _answer(name, fields, role.output)}
        if layers is not None:
            made[name] = about | {"layers": [layer.document() for layer in layers]}
        else:
            made[name] = about | _cards(networks[name], name, role, document)
    kind = next(iter(fields.inputs.values()), None)
    return {"roles": made, "names": _names(kind)}


def _names(kind: Kind | None) -> list[str]:
    names = list(kind.names) if isinstance(kind, Vector) else []
    return [str(name) for name in names] if len(names) == 2 else ["x", "y"]


def _answer(name: str, fields: Fields, output: tuple[int, ...] | None) -> dict[str, Any]:
    """What the network's output says: one of several classes, or numbers; `picture` where it is one like those of the
    data."""
    targets = list(fields.targets.values())
    if name == "model" and len(targets) == 1 and isinstance(targets[0], Category):
        if output == (len(targets[0].names),):
            return {"kind": "classes", "names": [str(each) for each in targets[0].names]}
    pictures = {(kind.channels, kind.height, kind.width) for kind in fields.inputs.values() if isinstance(kind, Image)}
    made = {"picture": True} if output in pictures else {}
    return {"kind": "number", "name": next(iter(fields.targets), "") if name == "model" else "", **made}


def _turned(entries: Entries, scope: str, turned: set[str]) -> Entries:
    made = []
    for entry in entries:
        path = f"{scope}.{entry['name']}"
        if entry["kind"] == BLOCK:
            entry = {**entry, "nodes": _turned(inside(entry), path, turned)}
            if path in turned:
                entry["open"] = entry.get("open") is not True
        made.append({key: value for key, value in entry.items() if key != "at"})  # cards here are larger
    return made


def _cards(entries: Entries, name: str, role: Role, document: Mapping[str, Any]) -> dict[str, Any]:
    """The graph of one network as cards: nodes with their places, the edges as SVG paths, the size of the whole."""
    one = {**document, "networks": {name: entries}}
    seen = drawn(one, {name: role}).view
    nodes = {path: dict(node) for path, node in seen["nodes"].items()}
    placed = frames.placed({name: entries}, nodes, _sized)
    for path, node in nodes.items():
        node.pop("at", None)
        node.pop("bends", None)
        if path in placed.nodes:
            node["at"], node["size"] = placed.nodes[path]
        if path in placed.bends:
            node["bends"] = placed.bends[path]
    there = {path: node for path, node in nodes.items() if "at" in node}
    left = min(node["at"][0] for node in there.values()) - SWING
    top = min([*(node["at"][1] for node in there.values()), *_heights(there)]) - MARGIN
    right = max(node["at"][0] + node["size"][0] for node in there.values()) + SWING
    bottom = max([*(node["at"][1] + node["size"][1] for node in there.values()), *_heights(there)]) + MARGIN
    return {
        "nodes": {path: {key: node[key] for key in _KEPT if key in node} for path, node in there.items()},
        "order": [path for path in seen["order"] if path in there],
        "edges": "".join(picture.edges(list(there), there)),
        "box": [left, top, right - left, bottom - top],
    }


def _heights(nodes: Mapping[str, Mapping[str, Any]]) -> list[float]:
    return [y for node in nodes.values() for points in node.get("bends", {}).values() for _, y in points]


def _sized(entry: Entry, node: Mapping[str, Any]) -> tuple[float, float]:
    return CARD
