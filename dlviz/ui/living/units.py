"""Units: a network whose nodes all give rows of numbers, as layers of single units with weights between them.

A linear layer and what follows it number by number (an activation, a normalisation, dropout) make one layer; its units
show what comes out at the end. So a layer here is what a textbook draws as one column of circles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dlviz.ui.board.entries import BLOCK, INPUT, Entries, Entry, inside, ordered
from dlviz.ui.board.view import group

if TYPE_CHECKING:
    from dlviz.core.shape import Shape
    from dlviz.network.report import NodeReport

#: What passes on unit by unit.
_UNITWISE = ("activation", "normalisation", "dropout")


@dataclass(frozen=True)
class Source:
    """What a layer reads: unit u of layer `layer` goes to unit u + `offset`; to every unit where `weighs`, with the
    weights [:, u + `offset`] of the node; where neither is known (`mixed`), to all of them."""

    layer: int
    offset: int = 0
    weighs: bool = False
    mixed: bool = False


@dataclass(frozen=True)
class Layer:
    """One column of units. `path` is the node whose weights and biases it has, "" where it has none; `shown` the node
    whose results its units show; `nodes` all of them in order, as (path, kind)."""

    path: str
    shown: str
    nodes: tuple[tuple[str, str], ...]
    units: int
    column: int
    sources: tuple[Source, ...] = ()
    role: str = "hidden"  # input, hidden, output

    def document(self) -> dict[str, Any]:
        sources = [
            {key: value for key, value in vars(each).items() if value or key == "layer"} for each in self.sources
        ]
        nodes = [{"path": path, "kind": kind} for path, kind in self.nodes]
        return {**vars(self), "nodes": nodes, "sources": sources}


@dataclass
class _Drawing:
    layers: list[Layer] = field(default_factory=list)
    at: dict[str, Source] = field(default_factory=dict)  # node → the layer that holds its result
    read: dict[str, int] = field(default_factory=dict)


def layers(entries: Entries, role: str, known: Mapping[str, NodeReport]) -> list[Layer] | None:
    """The layers of a network that takes points of the plane. None where it is no such network: a node gives something
    else than one row of numbers, or a block stands for several copies."""
    nodes = list(_flat(entries, role, {}))
    if not nodes or any(node is None for node in nodes):
        return None
    shapes = {f"{role}.{place}": report.shape for place, report in known.items()}
    drawing = _Drawing()
    for node in nodes:
        assert node is not None
        for source in node.inputs:
            drawing.read[source] = drawing.read.get(source, 0) + 1
    for node in nodes:
        assert node is not None
        size = _row(shapes.get(node.path))
        if size is None or not _put(drawing, node, size):
            return None
    inputs = [layer for layer in drawing.layers if layer.role == "input"]
    if [layer.units for layer in inputs] != [2]:
        return None
    last = drawing.at[nodes[-1].path].layer if nodes[-1] is not None else 0
    drawing.layers[last] = replace(drawing.layers[last], role="output")
    return drawing.layers


@dataclass(frozen=True)
class _Node:
    path: str
    kind: str
    inputs: tuple[str, ...]


def _flat(entries: Entries, scope: str, ports: Mapping[str, str]) -> Iterator[_Node | None]:
    """The nodes outside blocks and inside them, in order, with the paths they read; None for what cannot be told."""
    known = dict(ports)  # name → the path that holds its result
    for entry in ordered(entries):
        name, path = entry["name"], f"{scope}.{entry['name']}"
        if name in ports:
            continue
        reads = tuple(known.get(source, f"{scope}.{source}") for source in entry["inputs"])
        if entry["kind"] != BLOCK:
            known[name] = path
            yield _Node(path, entry["kind"], reads)
            continue
        inner = ordered(inside(entry))
        if entry.get("repeat", 1) != 1 or not inner:
            yield None
            return
        names = [each["name"] for each in inner if each["kind"] == INPUT]
        yield from _flat(inner, path, dict(zip(names, reads, strict=False)))
        known[name] = _result(inner, path, dict(zip(names, reads, strict=False)))


def _result(inner: Entries, path: str, ports: Mapping[str, str]) -> str:
    read = {source for each in inner for source in each["inputs"]}
    last: Entry = next((each for each in reversed(inner) if each["name"] not in read), inner[-1])
    if last["kind"] == BLOCK:
        deeper = ordered(inside(last))
        return _result(deeper, f"{path}.{last['name']}", {})
    return ports.get(last["name"], f"{path}.{last['name']}")


def _row(shape: Shape | None) -> int | None:
    if shape is None or type(shape) is not tuple or len(shape) != 1 or not isinstance(shape[0], int):
        return None
    return int(shape[0])


def _put(drawing: _Drawing, node: _Node, size: int) -> bool:
    """Add a node; False where it is none that can be drawn by its units."""
    made, family = drawing.layers, group(node.kind)
    sources = [drawing.at.get(path) for path in node.inputs]
    if any(source is None for source in sources):
        return False
    told = [source for source in sources if source is not None]
    nodes = ((node.path, node.kind),)
    if node.kind == INPUT:
        drawing.at[node.path] = Source(len(made))
        made.append(Layer("", node.path, nodes, size, 0, role="input"))
        return True
    before = made[told[0].layer] if len(told) == 1 else None
    alone = before is not None and before.shown == node.inputs[0] and drawing.read.get(node.inputs[0]) == 1
    if before is not None and alone and before.units == size and before.role != "input" and family in _UNITWISE:
        made[told[0].layer] = replace(before, shown=node.path, nodes=before.nodes + nodes)
        drawing.at[node.path] = told[0]
        return True
    if before is not None and before.units == size and node.kind in ("Flatten", "Identity"):
        drawing.at[node.path] = told[0]
        return True
    column = 1 + max((made[source.layer].column for source in told), default=0)
    links: tuple[Source, ...] = ()
    path = ""
    if node.kind == "Linear":
        links = (Source(told[0].layer, weighs=True),)
        path = node.path
    elif node.kind == "Concat":
        offset = 0
        for source in told:
            links += (Source(source.layer, offset),)
            offset += made[source.layer].units
    else:
        same = all(made[source.layer].units == size for source in told) and family in (*_UNITWISE, "merge", "shape")
        links = tuple(Source(source.layer, mixed=not same) for source in told)
    drawing.at[node.path] = Source(len(made))
    made.append(Layer(path, node.path, nodes, size, column, links))
    return True
