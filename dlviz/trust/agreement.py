"""Agreement: whether two explanations say the same of the parts of an input.

By order where they may come from networks whose scores have other units; by size where they come from the same one:
there the order of the many parts that hardly matter is noise, and nobody sees it.
"""

from __future__ import annotations

import numpy as np

from dlviz.core.values import Array


def by_order(one: Array, other: Array, signed: bool) -> float:
    """Spearman's rank correlation of two explanations (pieces,): 1: the same order, 0: nothing in common, -1: reversed.
    Of methods without signs, sizes are compared. 0 where either gives all pieces the same: it then says nothing."""
    if not signed:
        one, other = np.abs(one), np.abs(other)
    return _correlation(_ranks(one), _ranks(other))


def by_size(one: Array, other: Array) -> float:
    """Pearson's correlation of two explanations (pieces,), in the same way."""
    return _correlation(one, other)


def _correlation(one: Array, other: Array) -> float:
    if not np.ptp(one) or not np.ptp(other):
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _ranks(values: Array) -> Array:
    """The place of each value (n,) in ascending order, equal ones sharing the mean of their places."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[which.ravel()])
