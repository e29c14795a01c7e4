"""Random masks: parts of an input that are seen or not, by chance."""

from __future__ import annotations

from math import ceil

import torch
from torch import Tensor

from dlviz.core.values import Array
from dlviz.explainers.places import places_of, shared_out
from dlviz.explainers.subject import Baseline, Subject
from dlviz.tasks.task import as_array

#: Cells of a mask along a picture's longer side, along a series or a sound.
CELLS, WINDOWS = 7, 16


class Pieces:
    """Columns and tokens: each seen or not."""

    def __init__(self, about: Subject, keep: float, baseline: Baseline) -> None:
        self._about, self._keep = about, keep
        self._mixed = about.hiding(about.pieces, baseline)
        self.places = (about.pieces.count,)

    def draw(self, count: int, chance: torch.Generator) -> Tensor:
        return (torch.rand(count, *self.places, generator=chance) < self._keep).float()

    def behind(self, masks: Tensor) -> Tensor:
        return self._mixed(masks > 0.5).flatten(0, 1)

    def shown(self, values: Tensor) -> Array:
        return self._about.pieces.shown(values)


class Curtains:
    """Pictures, series and sounds: soft masks, enlarged from `across` random cells (0: as many as usual) and shifted.
    Those of a picture lie over all channels, each channel of a series has its own."""

    def __init__(self, about: Subject, keep: float, baseline: Baseline, across: int) -> None:
        self._about, self._keep = about, keep
        self._start = about.baseline(baseline)
        self.places = places_of(about)
        side = ceil(max(self.places) / (across or (CELLS if len(self.places) == 2 else WINDOWS)))
        self._side, self._lengths = side, self.places
        if about.over == "series":
            self.places = tuple(about.x.shape[1:])

    def draw(self, count: int, chance: torch.Generator) -> Tensor:
        cells = [ceil(length / self._side) + 1 for length in self._lengths]
        rows = self.places[:1] if len(self.places) > len(cells) else ()
        drawn = (torch.rand(count, *rows, *cells, generator=chance) < self._keep).float()
        shifts = [torch.randint(self._side, (count,), generator=chance) for _ in cells]
        along = [shifted(length, self._side, shift) for length, shift in zip(self._lengths, shifts, strict=True)]
        if len(cells) == 2:
            return along[0] @ drawn @ along[1].mT
        return torch.einsum("nlc,n...c->n...l", along[0], drawn)

    def behind(self, masks: Tensor) -> Tensor:
        laid = masks[:, None] if self._about.x.dim() > masks.dim() else masks
        return torch.lerp(self._start, self._about.x, laid)

    def shown(self, values: Tensor) -> Array:
        if values.shape == self._about.x.shape[1:]:
            return as_array(values)
        return as_array(shared_out(values, self._about))


def shifted(length: int, side: int, shift: Tensor) -> Tensor:
    """How much each cell of `side` counts at each of `length` places, by shift (N,): (N, length, cells). It counts most
    in its middle and falls to 0 in the middle of the next; what counts at one place sums to 1."""
    cells = ceil(length / side) + 1
    middle = (torch.arange(length) + shift[:, None] + 0.5) / side - 0.5  # in cells
    return (1 - (middle.clamp(0, cells - 1)[..., None] - torch.arange(cells)).abs()).clamp(min=0)
