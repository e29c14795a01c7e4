"""Grid: the cells of a picture as players of a game, with the tree in which partition SHAP asks about them."""

from __future__ import annotations

import numpy as np

from dlviz.core.values import Array

_Block = tuple[int, int, int, int]  # rows from, to, columns from, to


class Grid:
    """A masker as shap knows them: it turns a set of known cells into what the model is asked with, here the set itself
    as 0 and 1. `clustering` halves the grid across its longer side again and again.

    shap's own masker for pictures does the same with colours, after two seconds of compiling.
    """

    #: Read by shap: the results need no copy, and what is unknown does not depend on the input.
    immutable_outputs = True
    fixed_background = True

    def __init__(self, rows: int, columns: int) -> None:
        self.shape = (1, rows * columns)
        self.clustering = halves(rows, columns)

    def __call__(self, known: Array, everything: Array) -> Array:
        return known[None].astype(float)


def halves(rows: int, columns: int) -> Array:
    """A tree over the cells in scipy's linkage form, (cells - 1, 4): two children, a distance, the size. Cell (r, c) is
    leaf r · columns + c, later nodes are larger blocks, the last is the whole grid."""
    splits: list[tuple[_Block, _Block, _Block]] = []
    blocks: list[_Block] = [(0, rows, 0, columns)]
    for top, bottom, left, right in blocks:  # grows as it goes: level by level
        if (bottom - top) * (right - left) == 1:
            continue
        if bottom - top >= right - left:
            middle = (top + bottom) // 2
            parts = (top, middle, left, right), (middle, bottom, left, right)
        else:
            middle = (left + right) // 2
            parts = (top, bottom, left, middle), (top, bottom, middle, right)
        splits.append(((top, bottom, left, right), *parts))
        blocks.extend(parts)
    last = 2 * rows * columns - 2
    number = {whole: last - place for place, (whole, _, _) in enumerate(splits)}
    tree = np.zeros((rows * columns - 1, 4))
    for whole, one, other in splits:
        size = (whole[1] - whole[0]) * (whole[3] - whole[2])
        ends = [number.get(block, block[0] * columns + block[2]) for block in (one, other)]
        tree[number[whole] - rows * columns] = (*ends, size, size)
    return tree
