"""Changed region: the smallest rectangle of a picture, or stretch of a series or sound, that must be other.

Every rectangle of a coarse grid is tried from the smallest on, with each of the things that may stand in for it; the
best are then made smaller, side by side, while the answer stays the wished one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.explainers.batches import batches
from dlviz.studies.wish import Wish

#: Cells of the coarse grid along each side of a picture, and along a series or sound.
_CELLS, _STEPS = 8, 32
#: How many rectangles are made smaller; those up to so many times as large as the smallest found are looked at.
_SHRUNK, _LARGER = 6, 1.5
#: Rectangles asked about in one go.
_AT_ONCE = 256


@dataclass(frozen=True)
class Region:
    """Rows `top` to `bottom`, columns `left` to `right`, the last of each not in it; what stands there now."""

    top: int
    bottom: int
    left: int
    right: int
    filled: str

    @property
    def area(self) -> int:
        return (self.bottom - self.top) * (self.right - self.left)

    def put(self, x: Tensor, fill: Tensor) -> Tensor:
        """x (C, H, W) with `fill` (C, H, W) in the region."""
        changed = x.clone()
        changed[:, self.top : self.bottom, self.left : self.right] = fill[
            :, self.top : self.bottom, self.left : self.right
        ]
        return changed

    def smaller(self, by: int) -> list[Region]:
        """The regions that end `by` earlier on one side."""
        top, bottom, left, right = self.top, self.bottom, self.left, self.right
        sides = ((top + by, bottom, left, right), (top, bottom - by, left, right),
                 (top, bottom, left + by, right), (top, bottom, left, right - by))  # fmt: skip
        return [Region(*side, self.filled) for side in sides if side[1] > side[0] and side[3] > side[2]]


def flat(x: Tensor) -> Tensor:
    """An input (*shape) as (channels, rows, columns): a series and a sound have one row."""
    return x if x.dim() == 3 else x[:, None] if x.dim() == 2 else x[None, None]


def blurred(x: Tensor) -> Tensor:
    """An input (C, H, W) without its details: twice averaged over about a quarter of its sides."""
    kernel = [2 * (side // 8) + 1 if side > 1 else 1 for side in x.shape[1:]]
    pad = [kernel[1] // 2, kernel[1] // 2, kernel[0] // 2, kernel[0] // 2]
    for _ in range(2):
        x = F.avg_pool2d(F.pad(x[None], pad, mode="replicate"), tuple(kernel), stride=1)[0]
    return x


def changed_region(wish: Wish, fills: Mapping[str, Tensor], ways: int) -> list[tuple[Region, Tensor]]:
    """Up to `ways` of (region, the changed input (1, *shape)), the smallest first, each with another filling or place;
    `fills` (C, H, W) by name. Empty where no rectangle was found."""
    x = flat(wish.x[0])

    def ask(regions: list[Region]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        made = torch.stack([region.put(x, fills[region.filled]) for region in regions])
        return wish.ask(made.reshape(len(regions), *wish.x.shape[1:]))

    found, cell = _coarse(wish, fills, ask, x)
    shrunk = []
    for region in sorted(found, key=lambda region: region.area)[:_SHRUNK]:
        by = cell
        while by and not wish.spent:
            tried = region.smaller(by)
            margins = ask(tried) if tried else np.zeros(0)
            good = [one for one, margin in zip(tried, margins, strict=True) if margin > 0]
            if good:
                region = min(good, key=lambda one: one.area)
            else:
                by //= 2
        shrunk.append(region)
    chosen: list[tuple[Region, Tensor]] = []
    for region in sorted(shrunk, key=lambda region: region.area):
        changed = region.put(x, fills[region.filled]).reshape(wish.x.shape)
        if all(_apart(region, other) for other, _ in chosen) and wish.fulfilled(changed):
            chosen.append((region, changed))
    return chosen[:ways]


def _coarse(wish: Wish, fills: Mapping[str, Tensor], ask: object, x: Tensor) -> tuple[list[Region], int]:
    """(Regions of a coarse grid that fulfil the wish, the smallest ones; the side of a cell)."""
    assert callable(ask)
    rows, columns = (_edges(x.shape[1], _CELLS), _edges(x.shape[2], _CELLS if x.shape[1] > 1 else _STEPS))
    boxes = [(t, b, left, right) for t, b in combinations(rows, 2) for left, right in combinations(columns, 2)]
    tried = sorted((Region(*box, name) for box in boxes for name in fills), key=lambda region: region.area)
    found: list[Region] = []
    for part in batches(len(tried), _AT_ONCE):
        if wish.spent or (found and tried[part.start].area > _LARGER * found[0].area):
            break
        margins = ask(tried[part])
        found += [tried[part.start + int(i)] for i in np.flatnonzero(margins > 0)]
    cell = max(np.diff(rows).max(initial=1), np.diff(columns).max(initial=1))
    return found, int(cell)


def _edges(side: int, most: int) -> list[int]:
    return sorted(set(np.linspace(0, side, min(side, most) + 1).round().astype(int).tolist()))


def _apart(one: Region, other: Region) -> bool:
    """Whether less than half of the smaller one lies in the other."""
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    across = min(one.right, other.right) - max(one.left, other.left)
    return max(0, down) * max(0, across) < min(one.area, other.area) / 2
