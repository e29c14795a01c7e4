"""Rankings: the order in which an explanation would take pieces away, random orders, and the areas under curves."""

from __future__ import annotations

import numpy as np

from dlviz.core.values import Array


def ranking(weights: Array, signed: bool, seed: int) -> Array:
    """The pieces (count,) from the one that speaks most for the target to the one that speaks most against it; without
    signs, from the largest to the smallest. Equal ones come in an order drawn by `seed`: any fixed one would favour a
    place, such as the upper left."""
    size = weights if signed else np.abs(weights)
    return np.lexsort((np.random.default_rng(seed).permutation(len(weights)), -size))


def at_random(count: int, how_many: int, seed: int) -> Array:
    """`how_many` orders of `count` pieces, (how_many, count)."""
    random = np.random.default_rng([seed, 1])  # not the chance that parts equal pieces above
    return np.stack([random.permutation(count) for _ in range(how_many)])


def stops(count: int, most: int) -> Array:
    """How many pieces have gone at each point of a curve: 0 to `count`, in about `most` steps, the same seen from
    either end."""
    some = np.linspace(0, count, min(count, most) + 1).round().astype(int)
    return np.unique(np.r_[some, count - some])


def area(curves: Array, at: Array) -> Array:
    """The mean height of curves (…, points) from no piece to all of them, (…)."""
    return np.asarray(np.trapezoid(curves, at, axis=-1) / at[-1])
