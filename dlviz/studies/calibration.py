"""Calibration: whether a network is right as often as it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Array, Bars, Category, Curves, Value
from dlviz.core.written import percent
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Step
from dlviz.studies.outcomes import outcomes
from dlviz.studies.study import About, Finding, Group, Inquiry, Study
from dlviz.tasks.interval import wilson
from dlviz.tasks.task import Networks, Task


@dataclass(frozen=True)
class Reliability:
    """What was said and what was true, by bins of equal width between 0 and 1; bins without examples are left out.

    `confidence`, `accuracy`, `low`, `high` (bins,): the mean probability that was said, the share that was right and
    its 95 % interval; `count` (bins,). `ece`: the expected calibration error, Σ count/N · |accuracy - confidence|.
    `ece_by_chance`: below which it would lie in 95 % of cases if every probability were true. `gap`: mean confidence
    less accuracy; above 0: overconfident. `temperature`: what all logits must be divided by to fit best; above 1: they
    are too large.
    """

    confidence: Array
    accuracy: Array
    low: Array
    high: Array
    count: Array
    ece: float
    ece_by_chance: float
    gap: float
    temperature: float

    @property
    def off(self) -> bool:
        """Whether it is miscalibrated by more than chance."""
        return self.ece > self.ece_by_chance

    @property
    def way(self) -> Literal["overconfident", "underconfident", "uneven"]:
        """In which direction it errs. Uneven: the mean and the best temperature say different things."""
        if (self.gap > 0) != (self.temperature > 1):
            return "uneven"
        return "overconfident" if self.gap > 0 else "underconfident"

    def says(self) -> str:
        """The finding in a sentence or two."""
        named = f"The expected calibration error is {percent(self.ece)}"
        if not self.off:
            return (
                f"{named}; if all probabilities were true it would be up to {percent(self.ece_by_chance)} with so many "
                "examples: nothing speaks against them."
            )
        head = f"{named}, more than the {percent(self.ece_by_chance)} that chance would make of true probabilities"
        if self.way == "uneven":
            return f"{head}: it is too sure of some answers and not sure enough of others."
        way = "surer than it is right" if self.way == "overconfident" else "less sure than it is right"
        return (
            f"{head}: on average it is {way}, by {percent(abs(self.gap))}. Dividing its logits by "
            f"{self.temperature:.2f} would fit best."
        )


def reliability(probabilities: Array, true: Array, bins: int = 10, draws: int = 500, seed: int = 0) -> Reliability:
    """Of the likeliest class: `probabilities` (N, classes), `true` (N,) class numbers."""
    sure, right = probabilities.max(1), (probabilities.argmax(1) == true).astype(float)
    place = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)  # bins (0, 0.1], (0.1, 0.2], …
    count = np.bincount(place, minlength=bins)
    filled = np.flatnonzero(count)
    confidence = (np.bincount(place, sure, bins) / np.maximum(count, 1))[filled]
    accuracy = (np.bincount(place, right, bins) / np.maximum(count, 1))[filled]
    ends = [wilson(round(accuracy[at] * count[bin]), int(count[bin])) for at, bin in enumerate(filled)]
    low, high = np.array(ends).T
    chance = np.random.default_rng(seed)
    drawn = [
        _error(np.bincount(place, chance.random(len(sure)) < sure, bins)[filled], confidence, count[filled])
        for _ in range(draws)
    ]
    ece = _error(accuracy * count[filled], confidence, count[filled])
    by_chance = float(np.quantile(drawn, 0.95))
    gap = float(sure.mean() - right.mean())
    return Reliability(
        confidence, accuracy, low, high, count[filled], ece, by_chance, gap, temperature(probabilities, true)
    )


def _error(right: Array, confidence: Array, count: Array) -> float:
    """The expected calibration error from how many were right in each bin."""
    return float(np.abs(right - confidence * count).sum() / count.sum())


def temperature(probabilities: Array, true: Array) -> float:
    """The T, 0.05 to 20, by which logits must be divided so that the true classes are likeliest (Guo et al. 2017)."""
    logits = np.log(np.clip(probabilities, 1e-12, 1))
    rows = np.arange(len(true))

    def loss(power: float) -> float:
        cooled = logits / np.exp(power)
        cooled -= cooled.max(1, keepdims=True)
        return float((np.log(np.exp(cooled).sum(1)) - cooled[rows, true]).mean())

    low, high = float(np.log(0.05)), float(np.log(20))
    ratio = (np.sqrt(5) - 1) / 2
    for _ in range(40):  # golden section: there is one minimum
        one, other = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, other) if loss(one) < loss(other) else (one, high)
    return float(np.exp((low + high) / 2))


class Calibration(Study):
    """Puts answers together of which the network said it was about as sure, and counts how many of them are right."""

    paper: ClassVar[str] = (
        "Guo et al. 2017, On Calibration of Modern Neural Networks, arXiv:1706.04599; "
        "Bröcker & Smith 2007, Increasing the Reliability of Reliability Diagrams"
    )
    reading: ClassVar[str] = (
        "Of all answers that it gives with 80 %, 80 % should be right: then the line lies on the diagonal. Below it "
        "the network is too sure, above it not sure enough. The band shows what so few examples leave open."
    )
    misleads: ClassVar[str] = (
        "It depends on how the answers are put together; few examples always make some error. And a network can be "
        "well calibrated and of no use: one that gives every class its share is."
    )
    cost: ClassVar[str] = "one answer for each example"
    about_what: ClassVar[About] = "network"
    group: ClassVar[Group] = "report"

    part: Literal["validation", "test"] = setting(
        "validation", "Which part. What is chosen after a look at the test part can no longer be judged by it."
    )
    bins: int = setting(10, "How many groups by how sure it is. More: finer, but fewer examples in each.", ge=2, le=50)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        kinds = list(fields.targets.values())
        if task.kind() != "Classification" or len(kinds) != 1 or not isinstance(kinds[0], Category):
            return "It needs probabilities of classes."
        return None

    @torch.no_grad()
    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question = inquiry.question
        found = outcomes(question.task, question.networks, question.data, self.part)
        if found.probabilities is None or found.true is None:
            raise WrongInput("It needs probabilities of classes.")
        step(1, 2)
        made = reliability(found.probabilities, found.true, self.bins)
        step(2, 2)
        numbers: dict[str, object] = {
            "ece": made.ece, "ece_by_chance": made.ece_by_chance, "gap": made.gap, "temperature": made.temperature
        }  # fmt: skip
        return Finding(made.says(), [curve(made, self.part), counts(made)], numbers)


def curve(made: Reliability, part: str) -> Value:
    """The reliability diagram."""
    kind = Curves(names=("right as often as said", "network"), x_title="how sure it is", y_title="share that is right")
    lines = np.stack([made.confidence, made.accuracy])
    more = {"x": made.confidence, "low": np.stack([made.confidence, made.low]),
            "high": np.stack([made.confidence, made.high])}  # fmt: skip
    note = f"{int(made.count.sum())} answers of the {part} part. {made.says()}"
    return Value(kind, lines, "Sure and right", note, more)


def counts(made: Reliability) -> Value:
    """How many answers lie in each bin."""
    names = tuple(f"about {round(100 * confidence)} % sure" for confidence in made.confidence)
    note = (
        "How many answers it gives of each kind: a point of the curve is worth as much as there are answers behind it."
    )
    return Value(Bars(names=names, title="answers"), made.count.astype(float), "How sure it usually is", note)
