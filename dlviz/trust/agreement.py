"""Agreement: whether two explanations order the parts of an input alike."""

from __future__ import annotations

import numpy as np

from dlviz.core.values import Array


def agreement(one: Array, other: Array, signed: bool) -> float:
    """Spearman's rank correlation of two explanations (pieces,): 1: the same order, 0: nothing in common, -1: reversed.
    Of methods without signs, sizes are compared. 0 where either gives all pieces the same: it then has no order.
    """
    if not signed:
        one, other = np.abs(one), np.abs(other)
    ranks = [_ranks(values) for values in (one, other)]
    spreads = [float(np.std(rank)) for rank in ranks]
    if not all(spreads):
        return 0.0
    return float(np.mean((ranks[0] - ranks[0].mean()) * (ranks[1] - ranks[1].mean())) / (spreads[0] * spreads[1]))


def _ranks(values: Array) -> Array:
    """The place of each value (n,) in ascending order, equal ones sharing the mean of their places."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[which.ravel()])
