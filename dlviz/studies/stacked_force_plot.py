"""StackedForcePlot: which columns push the scores of many rows up, and which push them down, row beside row."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from dlviz.core.setting import setting
from dlviz.core.values import Array
from dlviz.explainers.explainer import Step
from dlviz.studies.answers import score_title
from dlviz.studies.forces import forces
from dlviz.studies.sharing import SharingRows
from dlviz.studies.study import Finding, Inquiry

#: Of more rows, the best order of a tree's leaves takes longer than the tree tells.
_LEAVES = 1000
_ORDERS = {"similarity": "those of like reasons side by side", "score": "from the highest score to the lowest"}


class StackedForcePlot(SharingRows):
    """Takes the force plots of many rows, turns them upright and puts them side by side: below the line of the scores
    what pushed each of them up, above it what pushed it down.
    """

    paper: ClassVar[str] = (
        "Lundberg et al. 2018, Explainable machine-learning predictions for the prevention of hypoxaemia during "
        "surgery, Nature Biomedical Engineering 2:749–760"
    )
    reading: ClassVar[str] = (
        "Each place across is one row, the line its score. A column lies below the line where it pushed the score up, "
        "above it where it pushed it down, as thick as its share. Rows of like reasons stand together, so that a "
        "stretch where one column is thick is a group that owes its score to it."
    )
    misleads: ClassVar[str] = (
        "The order of the rows is chosen so that the picture can be read: it is no time and no quantity, and two rows "
        "that are alike can stand apart. Where it runs from one group to the next, a slope between two rows means "
        "nothing."
    )

    order: Literal["similarity", "score"] = setting(
        "similarity",
        "Which rows stand beside each other. `similarity`: those whose shares are alike. `score`: from the highest to "
        "the lowest score.",
    )
    columns: int = setting(
        6, "How many columns are told apart; the others are joined, what raises a score and what lowers it.", ge=1, le=9
    )

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        found = self.shares(inquiry, step)
        rows = by_likeness(found.values, found.scores) if self.order == "similarity" else by_score(found.scores)
        score, top = score_title(inquiry.question), found.order[0]
        name, shares = found.columns[top].name, found.beyond_rounding[:, top]
        up, down = int((shares > 0).sum()), int((shares < 0).sum())
        says = (
            f"Of {len(rows)} rows of the {found.part} part, {name} pushes the {score} of {up} up (by up to "
            f"{shares.max(initial=0):.3g}) and of {down} down (by up to {abs(shares.min(initial=0)):.3g})."
        )
        note = (
            f"{len(rows)} rows of the {found.part} part, {_ORDERS[self.order]}. Below the line of their scores what "
            f"pushed them up from the mean, {float(found.base.mean()):.4g}; above it, hatched, what pushed them down."
        )
        value = forces(found, self.columns, score, f"What pushes the {score} up and down, row by row", note, rows)
        numbers: dict[str, object] = {
            "base": float(found.base.mean()),
            "rows": found.index[rows].tolist(),
            "scores": found.scores[rows].tolist(),
            "shares": {
                column.name: found.values[rows, at].round(6).tolist() for at, column in enumerate(found.columns)
            },
        }
        return Finding(says, [value], numbers)


def by_score(scores: Array) -> Array:
    """Rows from the highest score to the lowest."""
    return np.argsort(-scores, kind="stable")


def by_likeness(shares: Array, scores: Array) -> Array:
    """Rows (N, columns) in the order of the leaves of a tree that joins those of like shares (complete linkage, squared
    distances), each beside the one that it is most like (Bar-Joseph et al. 2001). Of the two ways to read it, the one
    with the higher scores first."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import pdist

    if len(shares) < 3:
        return by_score(scores)
    apart = pdist(shares, "sqeuclidean")
    leaves = np.asarray(leaves_list(linkage(apart, "complete", optimal_ordering=len(shares) <= _LEAVES)))
    half = len(leaves) // 2
    return leaves if scores[leaves[:half]].mean() >= scores[leaves[half:]].mean() else leaves[::-1]
