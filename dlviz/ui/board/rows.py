"""Rows: a long line of layers goes on in the next row, as a line of text does, so that it can be read on one screen.

It is cut only where a single edge goes over, never through branches. Rows are filled from the first, so what is added
at the end moves nothing but, seldom, by a whole new width.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from dlviz.ui.board.lines import up

#: What fits in one row stays in it; as wide as each of several may always be, the empty height between two, and the
#: widths that longer drawings step by.
SINGLE, ROW, GAP_ROW, STEP = 960.0, 800.0, 64.0, 400
#: Width to height that many rows together come near: about those of the board on a page.
ASPECT = 1.25
#: As wide as each row may be where the board is as narrow as a telephone (two or three cards), and the height between.
NARROW, GAP_NARROW = 376.0, 40.0


def cuts(level: Mapping[str, int], edges: Sequence[tuple[str, str]], layers: int) -> list[int]:
    """The layers before which a new row may begin: one edge goes over, from the layer right before."""
    over = [0] * (layers + 1)
    direct = [False] * (layers + 1)
    for source, target in edges:
        over[level[source] + 1] += 1
        over[level[target] + 1] -= 1
        direct[level[target]] |= level[target] == level[source] + 1
    found, crossing = [], 0
    for layer in range(layers):
        crossing += over[layer]
        if layer and crossing == 1 and direct[layer]:
            found.append(layer)
    return found


def starts(
    spans: Sequence[tuple[float, float]], height: float, places: Sequence[int], narrow: bool = False
) -> list[int]:
    """The first layer of each row. `spans`: left and right of each layer; `height` of the drawing in one line."""
    whole = spans[-1][1] - spans[0][0]
    if whole <= (NARROW if narrow else SINGLE):
        return [0]
    wide = math.sqrt(ASPECT * whole * (height + GAP_ROW))
    limit = NARROW if narrow else ROW if wide <= ROW else math.ceil(wide / STEP) * STEP
    rows, last = [0], 0
    for place in [*places, len(spans)]:
        if spans[place - 1][1] - spans[rows[-1]][0] > limit and last > rows[-1]:
            rows.append(last)
        last = place
    return rows if narrow else _joined(rows, spans, limit)


def _joined(rows: Sequence[int], spans: Sequence[tuple[float, float]], limit: float) -> list[int]:
    """The rows, but that a single layer before or behind a row that is too long anyway, as it cannot be cut, stands in
    that row: an input or an output alone in a row would look as if something were missing."""
    ends = [*rows[1:], len(spans)]
    long = [spans[end - 1][1] - spans[first][0] > limit for first, end in zip(rows, ends, strict=True)]
    alone = [end - first == 1 for first, end in zip(rows, ends, strict=True)]
    return [
        first
        for number, first in enumerate(rows)
        if not number or not (alone[number - 1] and long[number] or long[number - 1] and alone[number])
    ]


def shifts(
    rows: Sequence[int],
    spans: Sequence[tuple[float, float]],
    reach: Sequence[tuple[float, float]],
    gap: float = GAP_ROW,
) -> list[tuple[float, float]]:
    """By how much each layer moves right and down. `reach`: the highest and the lowest point in each layer; `gap`: the
    empty height between two rows."""
    moves: list[tuple[float, float]] = []
    end = 0.0
    for number, first in enumerate(rows):
        behind = rows[number + 1] if number + 1 < len(rows) else len(spans)
        top, bottom = min(high for high, _ in reach[first:behind]), max(low for _, low in reach[first:behind])
        down = 0.0 if number == 0 else up(end + gap - top)
        end = bottom + down
        moves += [(spans[0][0] - spans[first][0], down)] * (behind - first)
    return moves
