"""Layout: nodes from left to right in layers, each behind all that it reads.

The layers are those of the longest paths (Sugiyama, Tagawa & Toda, Methods for visual understanding of hierarchical
system structures, 1981). An edge across several layers has a bend in each, ordered as nodes are (`crossings.py`).
Nodes that follow each other make a line with one height (`lines.py`): a chain is straight, a shortcut goes around it.
What is too long for a screen goes on in a further row (`rows.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import networkx

from dlviz.ui.board.beside import beside
from dlviz.ui.board.crossings import untangled
from dlviz.ui.board.lines import GAP_Y, heights, up
from dlviz.ui.board.rows import GAP_NARROW, GAP_ROW, NARROW, cuts, shifts, starts

GAP_X = 40
#: Where the first line lies: half a card below 0, so that its cards stand on the grid.
LINE = 28.0
#: Bends beyond which long edges go straight: so many edges cannot be followed by eye anyway.
MOST_BENDS = 4000

Point = tuple[float, float]


@dataclass(frozen=True)
class Item:
    """What is laid out: its size, what it reads, and where it was put by hand. Edges meet it at half its height."""

    name: str
    width: float
    height: float
    inputs: tuple[str, ...] = ()
    at: Point | None = None


@dataclass
class Arranged:
    """The upper left corner of each item, and for long edges (from, to) the points they go by."""

    at: dict[str, Point] = field(default_factory=dict)
    bends: dict[tuple[str, str], list[Point]] = field(default_factory=dict)


@lru_cache(maxsize=256)
def arranged(items: tuple[Item, ...], narrow: bool = False) -> Arranged:
    """Where the items are drawn; asked again for the same ones, it answers at once (the answer is not to be changed).
    The first line has its edges at height `LINE`. No two items overlap unless both were
    put there by hand. `narrow`: in short rows, for the width of a telephone; what a hand has laid out wider than that
    stays wide."""
    narrow = narrow and all(item.at is None or item.at[0] + item.width <= 2 * NARROW for item in items)
    result = Arranged()
    bottom: float | None = None
    for part in _parts(items):
        one = _part(part, narrow)
        bends = [y for points in one.bends.values() for _, y in points]
        top = min([*(one.at[item.name][1] for item in part), *bends])
        end = max([*(one.at[item.name][1] + item.height for item in part), *bends])
        by = LINE if bottom is None else up(bottom + GAP_Y - top)
        bottom = end + by
        result.at |= {name: (x, y + by) for name, (x, y) in one.at.items()}
        result.bends |= {edge: [(x, y + by) for x, y in points] for edge, points in one.bends.items()}
    return _with_hands(items, result)


def _parts(items: Sequence[Item]) -> list[list[Item]]:
    """What hangs together, the largest part first."""
    names = {item.name for item in items}
    graph: networkx.Graph[str] = networkx.Graph()
    graph.add_nodes_from(item.name for item in items)
    graph.add_edges_from((source, item.name) for item in items for source in item.inputs if source in names)
    parts = list(networkx.connected_components(graph))
    if len(parts) == 1:
        return [list(items)]
    found = [[item for item in items if item.name in part] for part in parts]
    return sorted(found, key=len, reverse=True)


def _part(items: Sequence[Item], narrow: bool) -> Arranged:
    """One part: its layers, their order, heights, and columns."""
    edges = _forward(items)
    level = _levels(items, edges)
    bends = sum(level[target] - level[source] - 1 for source, target in edges)
    cells, links = [*items], list[tuple[int, int]]()
    sides = [0] * len(items)
    inputs = {item.name: item.inputs for item in items}
    levels = [level[item.name] for item in items]
    number = {item.name: place for place, item in enumerate(items)}
    ways: dict[tuple[str, str], list[int]] = {}
    for source, target in edges:
        before = number[source]
        steps = range(level[source] + 1, level[target]) if bends <= MOST_BENDS else range(0)
        way = []
        for step in steps:
            cells.append(Item("", 0, 0))
            levels.append(step)
            sides.append(_side(source, inputs[target]))
            way.append(len(cells) - 1)
            links.append((before, way[-1]))
            before = way[-1]
        if len(steps) == level[target] - level[source] - 1:
            links.append((before, number[target]))
        ways[source, target] = way
    layers = untangled(levels, links, sides)
    y = heights(cells, layers, links, real=len(items))
    x, centre = _columns(cells, layers)
    reach = [
        (min(y[n] - cells[n].height / 2 for n in layer), max(y[n] + cells[n].height / 2 for n in layer))
        for layer in layers
    ]
    height = max(low for _, low in reach) - min(high for high, _ in reach)
    rows = starts(x, height, cuts(level, edges, len(layers)), narrow)
    moves = shifts(rows, x, reach, GAP_NARROW if narrow else GAP_ROW)
    result = Arranged()
    for n, item in enumerate(items):
        right, down = moves[levels[n]]
        result.at[item.name] = (centre[levels[n]] - item.width / 2 + right, y[n] - item.height / 2 + down)
    for edge, way in ways.items():
        if way:  # it lies in one row: no row begins under a long edge
            right, down = moves[levels[way[0]]]
            points = [(side + right, y[n] + down) for n in way for side in x[levels[n]]]
            result.bends[edge] = _straightened(points)
    return result


def _side(source: str, inputs: Sequence[str]) -> int:
    """-1 for an edge that ends above the middle of what reads it, 1 below: it goes around on that side."""
    return -1 if 2 * inputs.index(source) < len(inputs) - 1 else 1


def _forward(items: Sequence[Item]) -> list[tuple[str, str]]:
    """The edges, each once; those that close a circle are left out."""
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_nodes_from(item.name for item in items)
    edges = [(source, item.name) for item in items for source in dict.fromkeys(item.inputs) if source in graph]
    edges = [(source, target) for source, target in edges if source != target]
    graph.add_edges_from(edges)
    if networkx.is_directed_acyclic_graph(graph):
        return edges
    place = {item.name: number for number, item in enumerate(items)}
    return [(source, target) for source, target in edges if place[source] < place[target]]


def _levels(items: Sequence[Item], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_nodes_from(item.name for item in items)
    graph.add_edges_from(edges)
    return {name: number for number, names in enumerate(networkx.topological_generations(graph)) for name in names}


def _columns(cells: Sequence[Item], layers: Sequence[Sequence[int]]) -> tuple[list[tuple[float, float]], list[float]]:
    """Left and right edge of each layer, and its centre."""
    edges, centre, left = list[tuple[float, float]](), list[float](), 0.0
    for layer in layers:
        width = max(cells[cell].width for cell in layer)
        edges.append((left, left + width))
        centre.append(left + width / 2)
        left += width + GAP_X
    return edges, centre


def _straightened(points: list[Point]) -> list[Point]:
    """Without the points on a straight way between their neighbours."""
    kept = points[:1]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        if not before[1] == here[1] == after[1]:
            kept.append(here)
    return [*kept, points[-1]]


def _with_hands(items: Sequence[Item], result: Arranged) -> Arranged:
    """What was put by hand stands there; what else would lie under it gives way."""
    fixed = {item.name: item.at for item in items if item.at is not None}
    if fixed:
        result.at |= fixed
        result.at = beside({item.name: (*result.at[item.name], item.width, item.height) for item in items}, set(fixed))
        moved = set(fixed)
        result.bends = {edge: points for edge, points in result.bends.items() if not moved & set(edge)}
    return result
