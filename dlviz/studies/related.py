"""Related: columns that go together so closely that one says what the other says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlviz.studies.columns import TableColumn


def related(columns: Sequence[TableColumn], least: float) -> list[list[int]]:
    """The columns' numbers in groups: two stand together where their rank correlation (Spearman) is at least `least`,
    either way, or where others link them. Columns of words stand alone: their ranks mean nothing."""
    ranks = np.array([column.ranks() for column in columns])
    links = np.zeros((len(columns), len(columns)), dtype=bool)
    for one in range(len(columns)):
        for other in range(one):
            known = np.isfinite(ranks[one]) & np.isfinite(ranks[other])
            a, b = ranks[one][known], ranks[other][known]
            if known.sum() > 2 and a.std() > 0 and b.std() > 0:
                links[one, other] = links[other, one] = abs(np.corrcoef(a, b)[0, 1]) >= least
    groups: list[list[int]] = []
    left = set(range(len(columns)))
    while left:
        reached = [min(left)]
        left -= set(reached)
        for column in reached:  # grows while it is gone through
            near = sorted(left & set(np.flatnonzero(links[column]).tolist()))
            reached += near
            left -= set(near)
        groups.append(sorted(reached))
    return groups
