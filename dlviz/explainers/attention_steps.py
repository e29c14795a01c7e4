"""Attention steps: what the steps that an attention layer sees stand for in the input: tokens, moments, patches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dlviz.core.values import Audio, Image, Kind, Series, Tokens, Vector
from dlviz.datasets.tokenizer import visible

#: What stands before the input's own steps where there is one step more: a token that only gathers, as ViT's.
EXTRA = "[extra]"
#: An input (1, *shape) → the steps (1, S, features) that the first attention layer sees of it.
Seen = Callable[[Tensor], Tensor]
#: At so many places an input is changed a little, to see which step stirs.
_PLACES = 9


@dataclass(frozen=True)
class Steps:
    """`names` of all S steps; `of` (*shape): the step that each position of the input belongs to, -1: none, as the
    padding behind a text; `there` (S,): False at padding. `ordered`: each step comes after the one before it, as in
    texts and series; not so in pictures and tables."""

    names: tuple[str, ...]
    of: Tensor
    there: Tensor
    ordered: bool

    def spread(self, weights: Tensor) -> Tensor:
        """One number a step (S,) as one a position (*shape), shared evenly by a step's positions."""
        inside = self.of >= 0
        sizes = torch.bincount(self.of[inside], minlength=len(self.names)).clamp(min=1)
        return torch.where(inside, (weights / sizes)[self.of.clamp(min=0)], weights.new_zeros(()))


def steps_of(kind: Kind, x: Tensor, count: int, seen: Seen) -> Steps | None:
    """How `count` steps lie on an input `x` (1, *shape) of this kind; None: it cannot be told. Where several ways fit,
    the input is changed here and there, and that is taken whose steps stir."""
    ways = _ways(kind, x[0], count)
    if len(ways) < 2:
        return ways[0] if ways else None
    agreed = [_agreement(way, x, seen) for way in ways]
    return ways[agreed.index(max(agreed))]


def _ways(kind: Kind, x: Tensor, count: int) -> list[Steps]:
    """All ways in which so many steps may lie on the input, with or without one step of no place before them."""
    exact = [_extra(way, count) for many in (count, count - 1) for way in _exact(kind, x, many)]
    if isinstance(kind, Series | Audio) and not exact and 1 < count <= x.shape[-1]:
        return [_moments(kind, x, count)]
    return exact


def _exact(kind: Kind, x: Tensor, count: int) -> list[Steps]:
    if count < 1:
        return []
    if isinstance(kind, Tokens) and count == len(x):
        names = tuple(_token(kind, number) for number in x.tolist())
        there = x != 0
        return [Steps(names, torch.where(there, torch.arange(count), -1), there, True)]
    if isinstance(kind, Vector) and count == len(x):
        return [Steps(kind.names, torch.arange(count), torch.ones(count, dtype=torch.bool), False)]
    if isinstance(kind, Image):
        square = [
            (down, count // down)
            for down in range(1, count + 1)
            if not count % down and kind.height * (count // down) == kind.width * down
        ]
        grids = [*square, (kind.height, 1), (1, kind.width)]
        return [_patches(kind, *grid) for grid in dict.fromkeys(grids) if _fits(kind, grid, count)]
    if isinstance(kind, Series | Audio):
        found = [_moments(kind, x, count)] if not x.shape[-1] % count else []
        if isinstance(kind, Series) and count == len(kind.names) > 1:
            rows = torch.arange(count)[:, None].expand(kind.shape()).contiguous()
            found.append(Steps(kind.names, rows, torch.ones(count, dtype=torch.bool), False))
        return found
    return []


def _token(kind: Tokens, number: int) -> str:
    """A token as it can be seen; the first number that none has is a gap (`tasks/gaps.py`)."""
    if number == 0:
        return ""
    return visible(kind.vocabulary[number]) if number < len(kind.vocabulary) else "___"


def _fits(kind: Image, grid: tuple[int, int], count: int) -> bool:
    down, across = grid
    return down * across == count and not kind.height % down and not kind.width % across


def _patches(kind: Image, down: int, across: int) -> Steps:
    rows = torch.arange(kind.height) * down // kind.height
    columns = torch.arange(kind.width) * across // kind.width
    of = (rows[:, None] * across + columns).expand(kind.shape()).contiguous()
    names = tuple(
        f"row {row + 1}" if across == 1 else f"col {column + 1}" if down == 1 else f"r{row + 1} c{column + 1}"
        for row in range(down)
        for column in range(across)
    )
    return Steps(names, of, torch.ones(down * across, dtype=torch.bool), False)


def _moments(kind: Series | Audio, x: Tensor, count: int) -> Steps:
    """Windows of the time, all of one length or nearly so."""
    length = x.shape[-1]
    along = torch.arange(length) * count // length
    first = [int((along == step).nonzero()[0]) for step in range(count)]
    if isinstance(kind, Audio):
        names = tuple(f"{at / kind.rate:.2f} s" for at in first)
    else:
        ends = [*(at - 1 for at in first[1:]), length - 1]
        names = tuple(f"{at + 1}" if at == end else f"{at + 1}–{end + 1}" for at, end in zip(first, ends, strict=True))
    return Steps(names, along.expand(x.shape).contiguous(), torch.ones(count, dtype=torch.bool), True)


def _extra(way: Steps, count: int) -> Steps:
    """The same with a step of no place before it, where there is one more."""
    if len(way.names) == count:
        return way
    there = torch.cat([torch.ones(1, dtype=torch.bool), way.there])
    return Steps((EXTRA, *way.names), torch.where(way.of >= 0, way.of + 1, -1), there, way.ordered)


@torch.no_grad()
def _agreement(way: Steps, x: Tensor, seen: Seen) -> float:
    """At which share of some places the step stirs most that this way foretells."""
    before, flat = seen(x), way.of.flatten()
    places = torch.linspace(0, len(flat) - 1, _PLACES).long().unique()
    right = 0
    for place in places.tolist():
        changed = x.clone()
        changed.view(-1)[place] += 1 + x.abs().amax()
        right += int((seen(changed) - before)[0].norm(dim=1).argmax()) == int(flat[place])
    return right / len(places)
