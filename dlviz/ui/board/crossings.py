"""The order in each layer: as few crossing edges as barycentres find.

Every node goes to the mean place of those it is linked with, layer by layer, there and back (Sugiyama et al. 1981);
then neighbours change places as long as that helps (Gansner et al., A technique for drawing directed graphs, 1993).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence

_SWEEPS = 8
#: Neighbours are tried in graphs of at most so many links; in larger ones that would be too slow.
_TRIED = 300

Layers = list[list[int]]


def untangled(levels: Sequence[int], links: Sequence[tuple[int, int]], sides: Sequence[int]) -> Layers:
    """The cells of each layer from top to bottom. Links join neighbouring layers; among equals `sides` decide, the
    least above."""
    before: list[list[int]] = [[] for _ in levels]
    behind: list[list[int]] = [[] for _ in levels]
    for source, target in links:
        if levels[target] == levels[source] + 1:
            before[target].append(source)
            behind[source].append(target)
    layers: Layers = [[] for _ in range(max(levels, default=-1) + 1)]
    for cell, level in enumerate(levels):
        layers[level].append(cell)
    if all(len(layer) == 1 for layer in layers):
        return layers
    layers = _first(layers, before, sides)
    best, fewest = layers, crossings(layers, behind)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        layers = _swept(layers, *((behind, True) if sweep % 2 == 0 else (before, False)))
        if len(links) <= _TRIED:
            layers = _swapped(layers, before, behind)
        number = crossings(layers, behind)
        if number < fewest:
            best, fewest = layers, number
    return best


def _first(layers: Layers, before: list[list[int]], sides: Sequence[int]) -> Layers:
    """Each cell at the mean place of those before it."""
    place: dict[int, float] = {}
    made: Layers = []
    for layer in layers:
        middle = (len(made[-1]) - 1) / 2 if made else 0.0
        mean = {cell: _mean(before[cell], place, middle) for cell in layer}
        made.append(sorted(layer, key=lambda cell: (mean[cell], sides[cell])))  # noqa: B023
        place |= {cell: float(number) for number, cell in enumerate(made[-1])}
    return made


def _swept(layers: Layers, linked: list[list[int]], backwards: bool) -> Layers:
    made = [list(layer) for layer in layers]
    place = {cell: float(number) for layer in made for number, cell in enumerate(layer)}
    order = range(len(made) - 2, -1, -1) if backwards else range(1, len(made))
    for level in order:
        mean = {cell: _mean(linked[cell], place, place[cell]) for cell in made[level]}
        made[level].sort(key=mean.__getitem__)
        place |= {cell: float(number) for number, cell in enumerate(made[level])}
    return made


def _swapped(layers: Layers, before: list[list[int]], behind: list[list[int]]) -> Layers:
    """Neighbours change places where that takes crossings away."""
    made = [list(layer) for layer in layers]
    place = {cell: number for layer in made for number, cell in enumerate(layer)}
    for _ in range(_SWEEPS):
        helped = False
        for layer in made:
            for number in range(len(layer) - 1):
                one, other = layer[number], layer[number + 1]
                now = _between(before, place, one, other) + _between(behind, place, one, other)
                then = _between(before, place, other, one) + _between(behind, place, other, one)
                if then < now:
                    layer[number], layer[number + 1] = other, one
                    place[one], place[other] = number + 1, number
                    helped = True
        if not helped:
            break
    return made


def _between(linked: list[list[int]], place: dict[int, int], upper: int, lower: int) -> int:
    """How many links of `upper` cross links of `lower` on one side."""
    return sum(place[a] > place[b] for a in linked[upper] for b in linked[lower])


def crossings(layers: Layers, behind: list[list[int]]) -> int:
    """How many pairs of links cross."""
    number = 0
    for level in range(len(layers) - 1):
        if len(layers[level]) == 1 or len(layers[level + 1]) == 1:
            continue
        place = {cell: n for n, cell in enumerate(layers[level + 1])}
        seen: list[int] = []
        for cell in layers[level]:
            ends = sorted(place[other] for other in behind[cell])
            number += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return number


def _mean(cells: list[int], place: dict[int, float], alone: float) -> float:
    return sum(place[cell] for cell in cells) / len(cells) if cells else alone
