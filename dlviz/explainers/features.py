"""Features: the parts of an input that an explanation gives a number each, and where they lie in its tensor.

A table's category column takes several positions of the encoded row (one-hot); a person sees one column. A pixel takes
one position a channel; a person sees one pixel. A token takes one position of a text's ids, but as many as its
embedding has numbers where that is what goes in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil

import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Image, Vector
from dlviz.tasks.task import as_array


@dataclass(frozen=True)
class Features:
    """`of[position]` is the number of the feature that a position of the input belongs to: 0 to `count` - 1, or -1: to
    none (the padding behind a text, a gap in it), which no method touches.

    `names`: of a table's columns, a text's tokens; empty elsewhere. `tree`: how features lie next to each other, as
    (rows, columns), where they do: cells of a picture, windows of each channel, one row of tokens.
    """

    of: Tensor  # (*shape), int64
    count: int
    names: tuple[str, ...] = ()
    grid: tuple[int, int] | None = None

    @cached_property
    def _alone(self) -> bool:
        """Whether each position is a feature of its own, in their order."""
        return self.count == self.of.numel() and bool((self.of.flatten() == torch.arange(self.count)).all())

    @cached_property
    def _slots(self) -> Tensor:
        """The feature of each position (positions,); what belongs to none goes into one more behind the last."""
        return self.of.flatten() % (self.count + 1)

    @classmethod
    def columns(cls, kind: Vector, groups: dict[str, list[int]]) -> Features:
        """A table's own columns; `groups` is what its encoder says, empty: each position is a column."""
        return _columns(kind.names, tuple((name, tuple(places)) for name, places in groups.items()))

    @classmethod
    def cells(cls, kind: Image, side: int = 1) -> Features:
        """Square cells of `side` pixels over all channels, numbered row by row; `side` 1: the pixels."""
        return _cells(kind.shape(), side)

    @classmethod
    def segments(cls, kind: Image, segments: Tensor) -> Features:
        """A picture's segments over all channels: `segments` (H, W), numbered from 0 without a hole."""
        return cls(segments.expand(kind.shape()).contiguous(), int(segments.max()) + 1)

    @classmethod
    def windows(cls, shape: tuple[int, ...], width: int, apart: bool = True) -> Features:
        """Windows of `width` steps along the last side; `apart`: of each channel its own, numbered channel by channel,
        else one for all channels."""
        steps, channels = shape[-1], shape[0] if len(shape) > 1 else 1
        across = ceil(steps / width)
        along = torch.arange(steps) // width  # (steps,)
        own = torch.arange(channels)[:, None] * across if apart else torch.zeros(channels, 1, dtype=torch.long)
        of = (along + own).reshape(shape)
        rows = channels if apart else 1
        return cls(of, rows * across, grid=(rows, across))

    @classmethod
    def tokens(cls, ids: Tensor, names: tuple[str, ...], width: int = 0) -> Features:
        """The tokens of a text, `ids` (L,) with 0 where it has ended; `width`: how many numbers stand for each (its
        embedding), 0: the ids themselves are meant."""
        present = ids != 0
        of = torch.where(present, present.cumsum(0) - 1, -1)
        count = int(present.sum())
        return cls(of if not width else of[:, None].expand(-1, width).contiguous(), count, names, (1, count))

    def joined(self, group: Tensor, names: tuple[str, ...]) -> Features:
        """Coarser features: feature i becomes part of `group[i]` (spans of a text, say)."""
        of = torch.where(self.of >= 0, group[self.of.clamp(min=0)], -1)
        count = int(group.max()) + 1
        return Features(of, count, names, (1, count) if self.grid and self.grid[0] == 1 else None)

    @cached_property
    def _there(self) -> Tensor:
        """Of which features some position is (count,)."""
        return torch.zeros(self.count + 1, dtype=torch.bool).index_fill_(0, self._slots, True)[:-1]

    def summed(self, values: Tensor) -> Tensor:
        """One number a feature from one a position (*shape): the sum over its positions."""
        if self._alone:
            return values.flatten()
        return torch.zeros(self.count + 1, dtype=values.dtype).index_add_(0, self._slots, values.flatten())[:-1]

    def largest(self, values: Tensor) -> Tensor:
        """The largest number (0 or more) of each feature, from one a position (*shape)."""
        if self._alone:
            return values.flatten()
        none = torch.zeros(self.count + 1, dtype=values.dtype)
        return none.scatter_reduce_(0, self._slots, values.flatten(), "amax")[:-1]

    def spread(self, values: Tensor) -> Tensor:
        """Numbers a feature shared evenly by its positions, in the input's shape, so that the sum stays; 0 where no
        feature is."""
        of = self.of.flatten()
        sizes = torch.bincount(of[of >= 0], minlength=self.count).clamp(min=1)
        return torch.where(self.of >= 0, (values / sizes)[self.of.clamp(min=0)], torch.zeros((), dtype=values.dtype))

    def shown(self, values: Tensor) -> Array:
        """Numbers a feature as an explanation gives them: those of columns and tokens as they are, 0 for one that lies
        nowhere (a gap), whatever chance gave it; others spread over the input's shape."""
        if not self.names:
            return as_array(self.spread(values))
        return as_array(values if self._alone else values * self._there)


@lru_cache(maxsize=64)
def _columns(names: tuple[str, ...], groups: tuple[tuple[str, tuple[int, ...]], ...]) -> Features:
    groups = groups or tuple((name, (position,)) for position, name in enumerate(names))
    numbers = {place: number for number, (_, places) in enumerate(groups) for place in places}
    if sorted(numbers) != list(range(len(names))):
        raise WrongInput("The encoder's groups must name every position of the row, or an explanation has holes.")
    of = torch.tensor([numbers[place] for place in range(len(numbers))])
    return Features(of, len(groups), tuple(name for name, _ in groups))


@lru_cache(maxsize=64)
def _cells(shape: tuple[int, ...], side: int) -> Features:
    rows, columns = torch.arange(shape[1]) // side, torch.arange(shape[2]) // side
    down, across = ceil(shape[1] / side), ceil(shape[2] / side)
    grid = rows[:, None] * across + columns  # (H, W)
    return Features(grid.expand(shape).contiguous(), down * across, grid=(down, across))
