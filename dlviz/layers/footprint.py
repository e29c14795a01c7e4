"""Footprints: which numbers of the input a number of the result depends on, found by changing one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

#: (row of tiles, column of tiles, top, left, height, width) of an outlined part.
Windows = tuple[tuple[int, int, int, int, int, int], ...]
Place = tuple[int, ...]


def footprint(module: nn.Module, inputs: Sequence[Tensor]) -> tuple[list[Tensor], Tensor]:
    """(a mask for each input, a mask for the result), True where they depend on each other: one number of the result
    and all that it is made of, or, where the result is the larger one, one number of the input and all it goes into.

    `module` must be without chance. All numbers are changed one by one, so this is for small inputs.
    """
    base = module(*inputs)
    masks = [torch.zeros(x.shape, dtype=torch.bool) for x in inputs]
    if base.numel() > sum(x.numel() for x in inputs):
        at = _place(inputs[0])
        masks[0][at] = True
        return masks, _changed(module, inputs, 0, at, base)
    shown = torch.zeros(base.shape, dtype=torch.bool)
    at = _place(base)
    shown[at] = True
    for number, mask in enumerate(masks):
        places = [tuple(place) for place in torch.ones(mask.shape).nonzero().tolist()]
        changed = _all_at_once if all(len(x) == 1 for x in inputs) else _one_by_one
        mask[:] = changed(module, inputs, number, places, base, at).reshape(mask.shape)
    return masks, shown


def _place(x: Tensor) -> Place:
    """A number of the first example, in its first channel, about in the middle."""
    last = 1 if x.dim() <= 3 else x.dim() - 2
    return tuple(0 if place < last else size // 2 for place, size in enumerate(x.shape))


def _one_by_one(
    module: nn.Module, inputs: Sequence[Tensor], number: int, places: Sequence[Place], base: Tensor, at: Place
) -> Tensor:
    """For each place of this input, whether the result at `at` changes with it."""
    return torch.stack([_changed(module, inputs, number, place, base)[at] for place in places])


def _all_at_once(
    module: nn.Module, inputs: Sequence[Tensor], number: int, places: Sequence[Place], base: Tensor, at: Place
) -> Tensor:
    """The same for inputs that are a batch of one: as one batch, since examples do not mix."""
    many = [x.repeat(len(places), *[1] * (x.dim() - 1)) for x in inputs]
    for example, place in enumerate(places):
        _change(many[number], (example, *place[1:]))
    result: Tensor = module(*many)
    return torch.stack([changed[at[1:]] for changed in _differ(result, base)])


def _changed(module: nn.Module, inputs: Sequence[Tensor], number: int, at: Place, base: Tensor) -> Tensor:
    """Which numbers of the result change with the number at `at` of this input."""
    other = inputs[number].clone()
    _change(other, at)
    result: Tensor = module(*(other if place == number else x for place, x in enumerate(inputs)))
    return _differ(result, base)


def _change(x: Tensor, at: Place) -> None:
    if x.dtype == torch.bool:
        x[at] = ~x[at]
    elif x.dtype == torch.int64:
        x[at] = 0 if x[at] else 1
    else:
        x[at] += 5  # above all others: the largest of its window, whatever that is


def _differ(result: Tensor, base: Tensor) -> Tensor:
    return (result.float() - base.float()).abs() > 1e-5


def windows(tiles: Tensor) -> Windows:
    """The True parts of a mask laid out as (rows of tiles, columns of tiles, height, width): one outline around each
    tile's, or one for each number where they do not lie together."""
    found: list[tuple[int, int, int, int, int, int]] = []
    for row, column in torch.ones(tiles.shape[:2]).nonzero().tolist():
        places = tiles[row, column].nonzero()
        if not len(places):
            continue
        top, left = places.min(0).values.tolist()
        bottom, right = places.max(0).values.tolist()
        height, width = bottom - top + 1, right - left + 1
        if len(places) == height * width:
            found.append((row, column, top, left, height, width))
        else:
            found += [(row, column, y, x, 1, 1) for y, x in places.tolist()]
    return tuple(found)
