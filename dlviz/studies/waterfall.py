"""Waterfall: how the columns of one row lead from the mean score to its own."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core import values
from dlviz.core.setting import setting
from dlviz.core.values import Value, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Step
from dlviz.explainers.shap import How, Shap
from dlviz.explainers.subject import why_not
from dlviz.studies.answers import score_title
from dlviz.studies.columns import columns_of
from dlviz.studies.study import About, Finding, Group, Inquiry, Study
from dlviz.tasks.task import Networks, Task


class Waterfall(Study):
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
    cost: ClassVar[str] = "`evaluations` sets, each answered for every background row"
    about_what: ClassVar[About] = "example"
    group: ClassVar[Group] = "columns"

    bars: int = setting(10, "How many columns stand alone; the others are joined into one bar.", ge=1, le=50)
    how: How = setting("auto", "How sets of columns are chosen, as in Shap.", advanced=True)
    evaluations: int = setting(1000, "How many sets of known columns are tried, where not all are.", ge=50, le=50_000)
    background: int = setting(100, "How many training rows make up the mean.", ge=1, le=1000)
    seed: int = setting(0, "The chance by which rows and sets are drawn.", ge=0, le=2**31, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Vector,))

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question = inquiry.question
        method = Shap(how=self.how, evaluations=self.evaluations, background=self.background, seed=self.seed)
        found = method.explain(question, step)
        columns = columns_of(question.data.fields, question.data.encoders, next(iter(question.inputs.values())))
        named = [f"{column.name} = {column.cells[0] or '(missing)'}" for column in columns]
        shares = np.asarray(found.values, dtype=float)
        order = np.argsort(-np.abs(shares), kind="stable")
        alone, rest = order[: self.bars], order[self.bars :]
        names, steps = [named[at] for at in alone], list(shares[alone])
        if len(rest) == 1:  # one bar takes no more room than its own name
            names, steps = [*names, named[rest[0]]], [*steps, shares[rest[0]]]
        elif len(rest):
            names, steps = [*names, f"{len(rest)} other columns"], [*steps, float(shares[rest].sum())]
        base = float(found.score - shares.sum())
        score = score_title(question)
        strongest = int(order[0])
        says = (
            f"The {score} is {found.score:.4g}, the mean {base:.4g}. {named[strongest]} adds most: "
            f"{shares[strongest]:+.3g}."
        )
        note = (
            f"It begins at {base:.4g}, the mean {score} of {self.background} training rows or fewer, and ends at "
            f"{found.score:.4g}, that of this row."
        )
        kind = values.Waterfall(names=tuple(names), base=base, title=score)
        value = Value(kind, np.array(steps), f"From the mean to this row: {score}", note)
        shared = dict(zip([column.name for column in columns], shares.round(6).tolist(), strict=True))
        return Finding(says, [value], {"base": base, "score": found.score, "shares": shared})
