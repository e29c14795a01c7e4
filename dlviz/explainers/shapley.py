"""Shapley values of a game: what each feature adds, averaged over all orders in which features could become known.

A game gives coalitions (M, features) of bool, True where a feature is known, their values (M,). `ends` (2,) are the
values of nothing and of everything, which whoever plays has asked for. The numbers are those of shap's explainers of
the same names, as tests hold; only the sets that chance draws are others.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb

import numpy as np

from dlviz.core.values import Array

Game = Callable[[Array], Array]
Ends = Array
#: Chance draws up to so many times as many sets as are wanted: few sets are left to be found where most are known.
_DRAWS = 4
#: So many are drawn at once, or a half of those that are still wanted.
_AT_ONCE = 50


def everything(count: int) -> Array:
    """All 2^count coalitions (2^count, count): in row m feature i is known where bit i of m is set."""
    return ((np.arange(2**count)[:, None] >> np.arange(count)) & 1).astype(bool)


def exact(values: Array) -> Array:
    """Shapley values (count,) from the values (2^count,) of `everything`."""
    count = len(values).bit_length() - 1
    known = everything(count)
    sizes = known.sum(1, keepdims=True)
    # each of the sizes that a set without the feature may have weighs the same, and so does each set of one size
    weights = np.array([1 / (count * comb(count - 1, size)) for size in range(count)])
    return np.asarray(values @ np.where(known, weights[sizes - 1], -weights[sizes % count]))


def kernel(game: Game, count: int, evaluations: int, ends: Ends, chance: np.random.Generator) -> Array:
    """Shapley values (count,) by a weighted regression over `evaluations` coalitions; exact where those are all."""
    base, here = ends
    if count == 1:
        return np.array([here - base])
    known, weights = telling(count, evaluations, chance)
    return regressed(known, weights, game(known) - base, here - base)


def telling(count: int, evaluations: int, chance: np.random.Generator) -> tuple[Array, Array]:
    """The coalitions (up to `evaluations`, count) that tell most, and how much each weighs: all with few features known
    or few unknown, as far as they go; for the rest some that chance draws, each beside its complement."""
    sizes = np.arange(1, count // 2 + 1)
    two = sizes * 2 < count  # sets of another size are their complements
    share = (count - 1) / (sizes * (count - sizes)) * np.where(two, 2, 1)
    share /= share.sum()  # what all sets of a size weigh together, with their complements
    left, known, weights, full = min(evaluations, 2**count - 2), [], [], 0
    for size in sizes.tolist():
        many = comb(count, size) * (2 if two[full] else 1)
        if left * share[full] / share[full:].sum() < many * (1 - 1e-8):
            break
        every = np.zeros((comb(count, size), count), bool)
        np.put_along_axis(every, np.array(list(combinations(range(count), size))), True, axis=1)
        known.append(np.concatenate([every, ~every]) if two[full] else every)
        weights.append(np.full(many, share[full] / many))
        left, full = left - many, full + 1
    if full < len(sizes):
        sets, times = _drawn(sizes[full:], share[full:], count, left, chance)
        known.append(sets)
        weights.append(times * share[full:].sum() / times.sum())
    return np.concatenate(known), np.concatenate(weights)


def _drawn(sizes: Array, share: Array, count: int, room: int, chance: np.random.Generator) -> tuple[Array, Array]:
    """Up to `room` different coalitions (M, count) of these sizes and their complements, and how often each came."""
    share = share / np.where(sizes * 2 < count, 2, 1)  # for two are drawn at once
    times: dict[bytes, int] = {}
    left, draws = room, _DRAWS * room
    while left > 0 and draws > 0:
        many = max(left // 2, _AT_ONCE)
        draws -= many
        drawn = chance.choice(sizes, many, p=share / share.sum())
        sets = chance.random((many, count)).argsort(1) < drawn[:, None]
        for one, size in zip(map(bytes, sets), drawn.tolist(), strict=True):
            if left <= 0:
                break
            left -= 0 if one in times else 2 if size * 2 < count else 1
            times[one] = times.get(one, 0) + 1
    known, often = np.frombuffer(b"".join(times), bool).reshape(-1, count), np.array(list(times.values()))
    two = known.sum(1) * 2 < count
    return np.concatenate([known, ~known[two]])[:room], np.concatenate([often, often[two]])[:room]


def regressed(known: Array, weights: Array, values: Array, whole: float) -> Array:
    """Shares (features,) that sum to `whole` and come nearest to the values (M,) of coalitions (M, features), by least
    weighted squares."""
    last = known[:, -1:].astype(float)
    x, y = known[:, :-1] - last, values - whole * last[:, 0]
    root = np.sqrt(weights)
    heavy = weights[:, None] * x
    try:
        found = np.linalg.solve(heavy.T @ x, heavy.T @ y)
    except np.linalg.LinAlgError:
        found = np.linalg.lstsq(root[:, None] * x, root * y, rcond=None)[0]
    return np.append(found, whole - found.sum())


def nearest(known: Array, values: Array, ends: Ends) -> Array:
    """Shares (features,) that come nearest to the values (M,) of whatever coalitions (M, features) are known so far."""
    base, here = ends
    count, sizes = known.shape[1], known.sum(1)
    between = (sizes > 0) & (sizes < count)
    known, values, sizes = known[between].astype(float), values[between] - base, sizes[between]
    root = np.sqrt([1 / (comb(count, size) * size * (count - size)) for size in sizes.tolist()])
    sure = 1e3 * (root.sum() + 1)  # they make up the whole, whatever else
    x = np.concatenate([known * root[:, None], np.full((1, count), sure)])
    return np.asarray(np.linalg.lstsq(x, np.append(values * root, sure * (here - base)), rcond=None)[0])


def permutation(game: Game, count: int, evaluations: int, ends: Ends, chance: np.random.Generator) -> Array:
    """Shapley values (count,) along random orders of the features: as each becomes known, and as each is hidden."""
    base, here = ends
    orders = evaluations // (2 * count + 1)
    place = chance.random((orders, count)).argsort(1)  # at which place of an order each feature comes
    first = place[:, None] < np.arange(1, count)[:, None]  # (orders, count - 1, count)
    values = game(np.concatenate([first, ~first]).reshape(-1, count)).reshape(2, orders, count - 1)
    there = np.pad(values[0], ((0, 0), (1, 1)), constant_values=((0, 0), (base, here)))
    back = np.pad(values[1], ((0, 0), (1, 1)), constant_values=((0, 0), (here, base)))
    gains = (np.diff(there) - np.diff(back)) / 2  # (orders, place)
    return np.asarray(np.take_along_axis(gains, place, 1).mean(0))
