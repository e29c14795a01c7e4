"""Owen values of a grid: the score shared out among its halves, their halves, and so on, where it changes most.

Each block's gain, with nothing else known and with its other half known, is shared by its own two halves, down to
single cells as far as the evaluations go; what is left in larger blocks is spread evenly. The numbers are those of
shap's `PartitionExplainer`, as tests hold; nothing is masked or clustered on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from dlviz.core.values import Array
from dlviz.explainers.shapley import Ends, Game

#: Halves that are asked about at once. More would spend evaluations where they tell less.
BATCH = 20

#: A block of cells: its rows and its columns.
_Block = tuple[slice, slice]


class _Gain(NamedTuple):
    """What a block adds to a set of known cells (rows, columns); the one that matters most comes first."""

    urgent: float
    drawn: float  # chance decides between equals
    block: _Block
    known: Array
    without: float
    within: float
    weight: float

    @property
    def share(self) -> float:
        return (self.within - self.without) * self.weight


def halves(block: _Block) -> tuple[_Block, _Block]:
    """A block of more than one cell, cut across its longer side."""
    down, across = block
    if down.stop - down.start >= across.stop - across.start:
        middle = (down.start + down.stop) // 2
        return (slice(down.start, middle), across), (slice(middle, down.stop), across)
    middle = (across.start + across.stop) // 2
    return (down, slice(across.start, middle)), (down, slice(middle, across.stop))


def owen(
    game: Game,
    grid: tuple[int, int],
    evaluations: int,
    ends: Ends,
    chance: np.random.Generator,
    told: Callable[[Callable[[], Array]], None] = lambda found: None,
) -> Array:
    """Owen values (rows · columns,) of the cells of `grid` (rows, columns), from `evaluations` coalitions, the two
    `ends` among them. `told` is called as it goes, with what gives the values found so far."""
    shares = np.zeros(grid)
    waiting: list[_Gain] = []

    def follow(block: _Block, known: Array, without: float, within: float, weight: float) -> None:
        gain = _Gain(-abs(within - without) * weight, chance.random(), block, known, without, within, weight)
        heappush(waiting, gain)

    def found() -> Array:
        spread = shares.copy()
        for gain in waiting:
            cells = spread[gain.block]
            cells += gain.share / cells.size
        return spread.flatten()

    base, here = (float(end) for end in ends)
    follow((slice(0, grid[0]), slice(0, grid[1])), np.zeros(grid, bool), base, here, 1.0)
    left = evaluations - 2
    while waiting and left > 0:
        cut: list[tuple[_Gain, _Block, _Block]] = []
        while waiting and 2 * len(cut) < min(BATCH, left):
            gain = heappop(waiting)
            if shares[gain.block].size == 1:
                shares[gain.block] += gain.share
            else:
                cut.append((gain, *halves(gain.block)))
        if not cut:
            break
        asked = np.stack([gain.known for gain, _, _ in cut for _ in range(2)])
        for at, (_, one, other) in enumerate(cut):
            asked[2 * at][one] = asked[2 * at + 1][other] = True
        values = game(asked.reshape(len(asked), -1)).tolist()
        left -= len(asked)
        for at, (gain, one, other) in enumerate(cut):
            with_one, with_other, weight = values[2 * at], values[2 * at + 1], gain.weight / 2
            follow(one, gain.known, gain.without, with_one, weight)
            follow(other, gain.known, gain.without, with_other, weight)
            follow(one, asked[2 * at + 1], with_other, gain.within, weight)
            follow(other, asked[2 * at], with_one, gain.within, weight)
        told(found)
    return found()
