"""Sharing: what the studies have in common that share scores out among a table's columns."""

from __future__ import annotations

from typing import ClassVar

from dlviz.core.setting import Setting, setting
from dlviz.core.values import Value, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Step
from dlviz.explainers.scored import why_not
from dlviz.explainers.shap import How, Shap
from dlviz.studies.answers import score_title
from dlviz.studies.shares import Shares, shares_of, shares_of_row
from dlviz.studies.study import About, Finding, Group, Inquiry, Study
from dlviz.tasks.task import Networks, Task


class Sharing(Study, abstract=True):
    """Gives the columns of a table their fair shares of a score (SHAP)."""

    group: ClassVar[Group] = "columns"

    how: How = setting("auto", "How sets of columns are chosen, as in Shap.", advanced=True)
    evaluations: int = setting(1000, "How many sets of known columns are tried, where not all are.", ge=50, le=50_000)
    background: int = setting(100, "How many training rows make up the mean.", ge=1, le=1000)
    seed: int = setting(0, "The chance by which rows and sets are drawn.", ge=0, le=2**31, advanced=True)

    @classmethod
    def settings(cls) -> list[Setting]:
        """What is a study's own comes first, how the shares are found last."""
        bases = [base for base in cls.__mro__ if issubclass(base, Sharing)]
        return sorted(super().settings(), key=lambda item: sum(item.name in base.model_fields for base in bases))

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Vector,))

    def method(self) -> Shap:
        return Shap(how=self.how, evaluations=self.evaluations, background=self.background, seed=self.seed)


class SharingOneRow(Sharing, abstract=True):
    """Looks at the shares of the row that is asked about."""

    cost: ClassVar[str] = "`evaluations` sets, each answered for every background row"
    about_what: ClassVar[About] = "example"

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        found = shares_of_row(inquiry, self.method(), step)
        says, value = self.shown(found, score_title(inquiry.question))
        names = [column.name for column in found.columns]
        shares = dict(zip(names, found.values[0].round(6).tolist(), strict=True))
        numbers = {"base": float(found.base[0]), "score": float(found.scores[0]), "shares": shares}
        return Finding(says, [value], numbers)

    def shown(self, found: Shares, score: str) -> tuple[str, Value]:
        """A sentence about the row of `found`, and the picture. `score`: what is shared out, in a few words."""
        raise NotImplementedError


class SharingRows(Sharing, abstract=True):
    """Looks at the shares of many rows that were held out."""

    cost: ClassVar[str] = "`evaluations` sets for each of `rows` rows, each answered for every background row"
    about_what: ClassVar[About] = "network"

    rows: int = setting(150, "How many rows of the validation part. More: a fuller picture, slower.", ge=2, le=2000)
    evaluations: int = setting(
        200, "How many sets of known columns are tried a row, where not all are.", ge=50, le=50_000
    )
    background: int = setting(
        30, "How many training rows stand in for what is unknown. More: surer, slower.", ge=1, le=1000
    )

    def shares(self, inquiry: Inquiry, step: Step) -> Shares:
        return shares_of(inquiry.question, self.method(), self.rows, self.seed, step)
