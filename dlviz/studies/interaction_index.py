"""The Shapley interaction index: what two features add together beyond what each adds alone.

I(i, j) is the mean of v(S + i + j) - v(S + i) - v(S + j) + v(S), where the size of S is drawn evenly and then S among
the other features (Grabisch & Roubens 1999, An Axiomatic Approach to the Concept of Interaction among Players).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import comb

import numpy as np

from dlviz.core.values import Array
from dlviz.explainers.shapley import everything

#: Coalitions (M, features) of 0 and 1 → their values (M,).
Game = Callable[[Array], Array]


def exact(values: Array, count: int) -> Array:
    """(count, count) the index of each two features, 0 on the diagonal; `values` (2^count,) of all coalitions."""
    found = np.zeros((count, count))
    rows = np.arange(2**count)
    sizes = everything(count).sum(1).astype(int)
    for i, j in combinations(range(count), 2):
        one, other = 1 << i, 1 << j
        without = rows[(rows & (one | other)) == 0]
        # each of the count - 1 sizes weighs the same, and so does each set of one size
        weights = np.array([1 / ((count - 1) * comb(count - 2, size)) for size in range(count - 1)])[sizes[without]]
        gain = values[without | one | other] - values[without | one] - values[without | other] + values[without]
        found[i, j] = found[j, i] = float(weights @ gain)
    return found


def sampled(game: Game, count: int, chosen: Sequence[int], samples: int, chance: np.random.Generator) -> Array:
    """(len(chosen), len(chosen)) the index of each two of the `chosen` features, from `samples` sets for each pair,
    half of them the complements of the other half."""
    pairs = list(combinations(range(len(chosen)), 2))
    half = max(1, samples // 2)
    asked = []
    for one, other in pairs:
        rest = np.array([at for at in range(count) if at not in (chosen[one], chosen[other])], dtype=int)
        known = np.zeros((half, count))
        for row in known:
            row[chance.permutation(rest)[: chance.integers(0, len(rest) + 1)]] = 1
        opposite = np.zeros_like(known)
        opposite[:, rest] = 1 - known[:, rest]
        sets = np.vstack([known, opposite])
        for add in ((1, 1), (1, 0), (0, 1), (0, 0)):
            with_them = sets.copy()
            with_them[:, [chosen[one], chosen[other]]] = add
            asked.append(with_them)
    values = game(np.vstack(asked)).reshape(len(pairs), 4, 2 * half)
    gains = (values[:, 0] - values[:, 1] - values[:, 2] + values[:, 3]).mean(1)
    found = np.zeros((len(chosen), len(chosen)))
    for (one, other), gain in zip(pairs, gains, strict=True):
        found[one, other] = found[other, one] = gain
    return found
