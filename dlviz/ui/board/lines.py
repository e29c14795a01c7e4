"""Heights: cells that follow each other make a line, which has one height from its first layer to its last.

The heaviest way through the graph is the first line and lies at height 0; what is left falls into parts, each of
which gives its heaviest way in turn. Lines above the first are packed down onto it, lines below it up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from networkx import DiGraph, ancestors, topological_sort

GAP_Y = 28
#: Between a bend and what is above or below it, and the step that heights are rounded to.
_GAP_BEND, _GRID = 20, 8


class Cell(Protocol):
    """A node or a bend, which has no height."""

    @property
    def height(self) -> float: ...


def heights(
    cells: Sequence[Cell], layers: Sequence[Sequence[int]], links: Sequence[tuple[int, int]], real: int
) -> list[float]:
    """The height of each cell's line. In each layer cells keep their order and do not touch."""
    if all(len(layer) == 1 for layer in layers):
        return [0.0] * len(cells)
    lines = _lines(cells, layers, links, real)
    line_of = {cell: number for number, line in enumerate(lines) for cell in line}
    graph: DiGraph[int] = DiGraph()
    graph.add_nodes_from(range(len(lines)))
    for layer in layers:
        for upper, lower in zip(layer, layer[1:], strict=False):
            gap = GAP_Y if upper < real and lower < real else _GAP_BEND
            apart = up(cells[upper].height / 2 + gap + cells[lower].height / 2)
            one, other = line_of[upper], line_of[lower]
            known = graph.get_edge_data(one, other, {"apart": 0})["apart"]
            graph.add_edge(one, other, apart=max(apart, known))
    y = _packed(graph)
    return [y[line_of[cell]] for cell in range(len(cells))]


def _packed(graph: DiGraph[int]) -> dict[int, float]:
    order = list(topological_sort(graph))
    upper = ancestors(graph, 0)
    y = {0: 0.0}
    for line in reversed(order):
        if line in upper:
            y[line] = min((y[o] - graph[line][o]["apart"] for o in graph.successors(line) if o in y), default=0.0)
    for line in order:
        if line not in y:
            y[line] = max((y[o] + graph[o][line]["apart"] for o in graph.predecessors(line)), default=0.0)
    return y


def _lines(
    cells: Sequence[Cell], layers: Sequence[Sequence[int]], links: Sequence[tuple[int, int]], real: int
) -> list[list[int]]:
    """Ways along links, every cell on one of them, the heaviest first; none crosses another."""
    level = {cell: number for number, layer in enumerate(layers) for cell in layer}
    place = {cell: number for layer in layers for number, cell in enumerate(layer)}
    before: list[list[int]] = [[] for _ in cells]
    behind: list[list[int]] = [[] for _ in cells]
    for source, target in links:
        if level[target] == level[source] + 1:
            before[target].append(source)
            behind[source].append(target)
    # a bend counts a little, so that a long edge keeps one height; among equals the middle way is the first
    worth = {
        cell: (1.0 if cell < real else 0.05) - abs(number - (len(layer) - 1) / 2) / (1 + len(cells)) / 40
        for layer in layers
        for number, cell in enumerate(layer)
    }
    lines: list[list[int]] = []
    waiting = [[cell for layer in layers for cell in layer]]
    while waiting:
        part = waiting.pop(0)
        line = _heaviest(part, before, worth)
        lines.append(line)
        waiting += _apart([cell for cell in part if cell not in set(line)], before, behind)
    return _uncrossed(lines, place, level)


def _heaviest(part: list[int], before: list[list[int]], worth: dict[int, float]) -> list[int]:
    """The way through `part` (in the order of layers) with the most nodes on it."""
    best: dict[int, tuple[float, int]] = {}
    for cell in part:
        weight, source = max(((best[each][0], each) for each in before[cell] if each in best), default=(0.0, -1))
        best[cell] = (worth[cell] + weight, source)
    cell = max(best, key=lambda each: best[each][0])
    line = [cell]
    while best[cell][1] >= 0:
        cell = best[cell][1]
        line.append(cell)
    return line[::-1]


def _apart(left: list[int], before: list[list[int]], behind: list[list[int]]) -> list[list[int]]:
    """What is left, in parts that hang together, each in the order of layers."""
    waiting = dict.fromkeys(left)
    part_of: dict[int, int] = {}
    number = 0
    for cell in left:
        if cell in part_of:
            continue
        stack = [cell]
        while stack:
            here = stack.pop()
            if here in part_of or here not in waiting:
                continue
            part_of[here] = number
            stack += before[here]
            stack += behind[here]
        number += 1
    parts: list[list[int]] = [[] for _ in range(number)]
    for cell in left:
        parts[part_of[cell]].append(cell)
    return parts


def _uncrossed(lines: list[list[int]], place: dict[int, int], level: dict[int, int]) -> list[list[int]]:
    """Cut so that no two lines change their order: a line that crosses one before it ends there and begins anew."""
    kept: dict[int, list[tuple[int, int]]] = {}
    made: list[list[int]] = []
    for line in lines:
        piece = line[:1]
        for source, target in zip(line, line[1:], strict=False):
            here = (place[source], place[target])
            others = kept.setdefault(level[source], [])
            if any((here[0] - one[0]) * (here[1] - one[1]) < 0 for one in others):
                made.append(piece)
                piece = []
            else:
                others.append(here)
            piece.append(target)
        made.append(piece)
    return made


def up(value: float) -> float:
    """The next step of the grid that is not below."""
    return -(-value // _GRID) * _GRID
