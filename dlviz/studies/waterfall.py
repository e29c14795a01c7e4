"""Waterfall: how the columns of one row lead from the mean score to its own."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core import values
from dlviz.core.setting import setting
from dlviz.core.values import Value
from dlviz.studies.shares import Shares
from dlviz.studies.sharing import SharingOneRow


class Waterfall(SharingOneRow):
    """Begins at the mean score of training rows and adds one column's share (SHAP) after the other, the largest first,
    until this row's score is reached.
    """

    paper: ClassVar[str] = "Lundberg & Lee 2017, A Unified Approach to Interpreting Model Predictions, arXiv:1705.07874"
    reading: ClassVar[str] = (
        "From the mean score at one end to this row's at the other: each bar is what one column's value adds, to the "
        "right (+) or to the left (−). Together they make up the whole difference."
    )
    misleads: ClassVar[str] = (
        "A share is what this column adds on average over all orders in which the columns could become known; columns "
        "that work only together share it. It is not what would happen if this value alone were changed."
    )

    bars: int = setting(10, "How many columns stand alone; the others are joined into one bar.", ge=1, le=50)

    def shown(self, found: Shares, score: str) -> tuple[str, Value]:
        named = [column.told()[0] for column in found.columns]
        shares, order = found.values[0], found.order
        alone, rest = order[: self.bars], order[self.bars :]
        names, steps = [named[at] for at in alone], list(shares[alone])
        if len(rest) == 1:  # one bar takes no more room than its own name
            names, steps = [*names, named[rest[0]]], [*steps, shares[rest[0]]]
        elif len(rest):
            names, steps = [*names, f"{len(rest)} other columns"], [*steps, float(shares[rest].sum())]
        base, here = float(found.base[0]), float(found.scores[0])
        says = f"The {score} is {here:.4g}, the mean {base:.4g}. {named[order[0]]} adds most: {shares[order[0]]:+.3g}."
        note = (
            f"It begins at {base:.4g}, the mean {score} of {self.background} training rows or fewer, and ends at "
            f"{here:.4g}, that of this row."
        )
        kind = values.Waterfall(names=tuple(names), base=base, title=score)
        return says, Value(kind, np.array(steps), f"From the mean to this row: {score}", note)
