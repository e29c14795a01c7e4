"""ShapSummary: which columns make up the scores of many rows, and which way."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core.values import Bars, Swarm, Value
from dlviz.explainers.explainer import Step
from dlviz.studies.answers import score_title
from dlviz.studies.shares import Shares
from dlviz.studies.sharing import SharingRows
from dlviz.studies.study import Finding, Inquiry

#: Columns drawn at most.
SWARMS, BARS = 12, 20
#: From so high a correlation of ranks on, a column is said to push one way.
_ONE_WAY = 0.5


class ShapSummary(SharingRows):
    """Gives every column of many rows its fair share of the score (SHAP), and draws all rows' shares in one picture:
    a dot is a row, its place the share, its shade how large the column was there.
    """

    paper: ClassVar[str] = (
        "Lundberg & Lee 2017, A Unified Approach to Interpreting Model Predictions, arXiv:1705.07874; "
        "Lundberg et al. 2020, From Local Explanations to Global Understanding with Explainable AI for Trees"
    )
    reading: ClassVar[str] = (
        "Right of 0 a column raised a row's score, left of it lowered it. Where large values lie right and small ones "
        "left, more of it means a higher score; where they are mixed, other columns decide which way it goes."
    )
    misleads: ClassVar[str] = (
        "Columns that go together share what each could have had alone. And a share tells what moves this network's "
        "score, not what would change the world."
    )

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        found = self.shares(inquiry, step)
        names = [column.name for column in found.columns]
        score = score_title(inquiry.question)
        top = found.order[0]
        says = (
            f"{names[top]} moves the {score} most, by {found.importance[top]:.3g} on average over "
            f"{len(found.values)} rows of the {found.part} part{_way(found, top)}."
        )
        importance = dict(zip(names, found.importance.round(6).tolist(), strict=True))
        return Finding(says, [swarm(found, score), bars(found, score)], {"importance": importance})


def swarm(found: Shares, score: str) -> Value:
    """All rows' shares, the most important columns first."""
    shown = found.order[:SWARMS]
    title = f"What each column adds to the {score}"
    note = (
        f"{len(found.values)} rows of the {found.part} part, a dot each. Right: it raised the score; left: it lowered "
        "it. The shade tells how large the column was in that row."
    )
    if len(shown) < len(found.columns):
        note += f" The {len(shown)} most important of {len(found.columns)} columns."
    kind = Swarm(names=tuple(found.columns[at].name for at in shown), title="lowers it ← share → raises it")
    ranks = np.stack([found.columns[at].ranks() for at in shown], axis=1)
    return Value(kind, found.values[:, shown], title, note, {"values": ranks})


def bars(found: Shares, score: str) -> Value:
    """The mean absolute share of each column, and between which values its middle half lies."""
    shown = found.order[:BARS]
    title = f"How much each column moves the {score} on average"
    note = f"The mean of the shares without their signs, over {len(found.values)} rows of the {found.part} part."
    kind = Bars(names=tuple(found.columns[at].name for at in shown), title="mean |share|")
    return Value(kind, found.importance[shown], title, note)


def _way(found: Shares, column: int) -> str:
    ranks, values = found.columns[column].ranks(), found.values[:, column]
    known = np.isfinite(ranks)
    if known.sum() < 3 or np.ptp(ranks[known]) == 0 or np.ptp(values[known]) == 0:
        return ""
    together = float(np.corrcoef(ranks[known], values[known])[0, 1])
    if abs(together) < _ONE_WAY:
        return ""
    return ": the larger it is, the " + ("higher" if together > 0 else "lower")
