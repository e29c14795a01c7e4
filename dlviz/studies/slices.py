"""Slices: for which part of the examples a network does worse than for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Array, Bars, Category, Scalar, Value
from dlviz.core.written import number, percent
from dlviz.datasets.data import Data, Fields
from dlviz.explainers.explainer import Step
from dlviz.studies.outcomes import Outcomes, outcomes
from dlviz.studies.study import About, Finding, Group, Inquiry, Study
from dlviz.studies.traits import Trait, traits
from dlviz.tasks.interval import bootstrap, wilson
from dlviz.tasks.task import Networks, Task

#: A difference that chance would make less often than this counts, all slices together.
LEVEL = 0.05
_DRAWN = 15


@dataclass(frozen=True)
class Slice:
    """The examples of one group of a trait. `low`, `high`: the 95 % interval of `value`. `chance`: how likely so bad a
    figure would be if the examples were drawn from all by chance, multiplied for the number of slices (Holm 1979)."""

    trait: str
    label: str
    count: int
    value: float
    low: float
    high: float
    chance: float

    @property
    def name(self) -> str:
        return f"{self.trait}: {self.label}"

    @property
    def worse(self) -> bool:
        """Whether it is worse than the rest by more than chance."""
        return self.chance < LEVEL


def slices(found: Outcomes, made: list[Trait], least: int = 8) -> list[Slice]:
    """Every group of `least` examples or more, the surely worst first: of accuracies by the upper end of the interval,
    of errors by the lower one. A group that holds all examples is none."""
    cut = []
    for trait in made:
        for place, label in enumerate(trait.labels):
            inside = trait.group == place
            count = int(inside.sum())
            if least <= count < len(inside):
                value, low, high = figure(found.scores[inside], found.higher_is_better)
                cut.append(Slice(trait.name, label, count, value, low, high, _chance(found, inside)))
    order = np.argsort([one.chance for one in cut], kind="stable")
    corrected, before = {}, 0.0
    for rank, at in enumerate(order):
        before = min(1.0, max(before, cut[at].chance * (len(cut) - rank)))
        corrected[int(at)] = before
    told = [Slice(*_plain(one), corrected[at]) for at, one in enumerate(cut)]
    return sorted(told, key=lambda one: one.high if found.higher_is_better else -one.low)


def figure(scores: Array, share: bool) -> tuple[float, float, float]:
    """The mean of the scores of some examples and its 95 % interval: Wilson's for a share, else by drawing anew."""
    value = float(scores.mean())
    if share:
        return value, *wilson(int(scores.sum()), len(scores))
    return value, *bootstrap(lambda drawn, _: np.asarray(drawn.mean(1)), scores, scores, draws=400)


def _plain(one: Slice) -> tuple[str, str, int, float, float, float]:
    return one.trait, one.label, one.count, one.value, one.low, one.high


def _chance(found: Outcomes, inside: Array) -> float:
    """How often a group of this size, drawn from all, would be as bad. Shares: Fisher's exact test. Numbers: whether
    they rank higher than those of the rest (Mann & Whitney 1947); a few very large ones do not decide."""
    scores = found.scores
    if found.higher_is_better:
        from scipy.stats import hypergeom

        return float(hypergeom.cdf(int(scores[inside].sum()), len(scores), int(scores.sum()), int(inside.sum())))
    from scipy.stats import mannwhitneyu

    if np.ptp(scores) == 0:
        return 1.0
    return float(mannwhitneyu(scores[inside], scores[~inside], alternative="greater").pvalue)


class Slices(Study):
    """Puts the examples into groups, by class, by each column, by how long, how bright or how loud they are, and looks
    where the network does worst.
    """

    paper: ClassVar[str] = (
        "Chung et al. 2019, Slice Finder: Automated Data Slicing for Model Validation, arXiv:1807.06068; "
        "Mitchell et al. 2019, Model Cards for Model Reporting, arXiv:1810.03993"
    )
    reading: ClassVar[str] = (
        "One figure for all examples hides who gets the errors. Each bar is a group of examples, the thin line how "
        "sure its figure is: a short line far from the others is a weakness, a long one only few examples."
    )
    misleads: ClassVar[str] = (
        "Among many groups some look bad by chance: only those marked worse differ by more. And a group may be hard "
        "for another reason than the one it is named by."
    )
    cost: ClassVar[str] = "one answer for each example"
    about_what: ClassVar[About] = "network"
    group: ClassVar[Group] = "report"

    part: Literal["validation", "test"] = setting(
        "validation", "Which part. What is chosen after a look at the test part can no longer be judged by it."
    )
    least: int = setting(8, "How many examples a group must have.", ge=2, le=10_000)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_no_outcomes(task, fields)

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question = inquiry.question
        found = outcomes(question.task, question.networks, question.data, self.part)
        step(1, 2)
        cut = slices(found, traits(question.data, found), self.least)
        if not cut:
            raise WrongInput(f"No group has {self.least} examples. Ask for fewer.")
        step(2, 2)
        return Finding(says(found, cut), [drawn(found, cut)], {"overall": found.mean, "slices": [vars(s) for s in cut]})


def why_no_outcomes(task: Task, fields: Fields) -> str | None:
    """Why single examples have no figure of their own, in a sentence."""
    kinds = list(fields.targets.values())
    if len(kinds) == 1 and isinstance(kinds[0], Category | Scalar):
        return None
    if type(task).example_losses is not Task.example_losses and fields.inputs:
        return None
    return f"{task.kind()} has no figure for a single example."


def says(found: Outcomes, cut: list[Slice]) -> str:
    """The worst slice in a sentence, and whether it is worse than chance would make it."""
    worst = cut[0]
    said = percent if found.higher_is_better else number
    written = f"{said(worst.value)} ({said(worst.low)} to {said(worst.high)})"
    overall = said(found.mean)
    head = f"Surest to be weak: {worst.name} ({worst.count} examples), {found.measure} {written}, overall {overall}."
    weak = sum(one.worse for one in cut)
    many = (
        f"{weak or 'None'} of {len(cut)} groups {'are' if weak > 1 else 'is'} worse than the rest by more than chance."
    )
    return f"{head} {many}"


def drawn(found: Outcomes, cut: list[Slice]) -> Value:
    """The worst slices as bars with their intervals; those that are worse than chance are marked."""
    shown = cut[:_DRAWN]
    names = tuple(f"{'▼ ' if one.worse else ''}{one.name} ({one.count})" for one in shown)
    unit = f" ({found.kind.unit})" if isinstance(found.kind, Scalar) and found.kind.unit else ""
    kind = Bars(names=names, title=f"{found.measure}{unit}; overall {found.mean:.3g}")
    note = (
        f"The {len(shown)} surely worst of {len(cut)} groups of the {found.part} part, with 95 % intervals. ▼: worse "
        "than the rest by more than chance, counting that there are many groups. In brackets: how many examples."
    )
    more = {"low": np.array([one.low for one in shown]), "high": np.array([one.high for one in shown])}
    return Value(kind, np.array([one.value for one in shown]), f"{found.measure} by group", note, more)


def cut_part(task: Task, networks: Networks, data: Data, part: str, least: int = 8) -> tuple[Outcomes, list[Slice]]:
    """The outcomes of a part and its slices."""
    found = outcomes(task, networks, data, part)
    return found, slices(found, traits(data, found), least)
