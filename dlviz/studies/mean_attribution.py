"""MeanAttribution: where a method's explanations lie on average, class by class."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core.called import called
from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Audio, Image, Series, Tokens, Vector
from dlviz.core.written import percent
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Step
from dlviz.explainers.scored import field_of, why_not_others
from dlviz.studies.group_maps import group_maps
from dlviz.studies.many import METHOD, Many, Method, Part, explain_many, in_common, method_for, taken_for
from dlviz.studies.places import Places
from dlviz.studies.study import About, Finding, Group, Inquiry, Study
from dlviz.tasks.task import Networks, Task


class MeanAttribution(Study):
    """Explains many examples of each class and takes the mean of what each part of them had, for or against: what the
    network usually goes by when it says this class.
    """

    paper: ClassVar[str] = (
        "Lapuschkin et al. 2019, Unmasking Clever Hans predictors and assessing what machines really learn, "
        "Nature Communications 10:1096"
    )
    reading: ClassVar[str] = (
        "One explanation tells of one example; the mean tells of a habit. A spot, a column or a word that has much of "
        "every explanation of a class, and has nothing to do with that class, is a giveaway."
    )
    misleads: ClassVar[str] = (
        "In pictures the mean blurs what stands at another place each time: it shows habits of place alone. Two habits "
        "of one class lie on top of each other; SpectralRelevance takes them apart."
    )
    cost: ClassVar[str] = "`examples` explanations for each class"
    about_what: ClassVar[About] = "network"
    group: ClassVar[Group] = "concepts"

    method: Method = setting("auto", METHOD)
    examples: int = setting(
        24, "How many examples of each class, of those the network takes for it. More: surer, slower.", ge=2, le=1000
    )
    classes: int = setting(10, "How many classes at most; the one asked about is among them.", ge=1, le=100)
    part: Part = setting("train", "Of which part of the data. A giveaway that was learned is in the training part.")
    seed: int = setting(0, "The chance by which examples are drawn.", ge=0, le=2**31, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not_others(task, networks, fields, (Image, Vector, Tokens, Series, Audio))

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question = inquiry.question
        method = method_for(question, self.method)
        taken = taken_for(question, self.part, self.examples, self.seed)
        asked = question.target
        order = sorted((target for target in taken if taken[target]), key=lambda target: (target != asked, target))
        targets = sorted(order[: self.classes])
        if not targets:
            raise WrongInput(f"The {self.part} part has no examples to explain.")
        of, done = sum(len(taken[target]) for target in targets), 0
        groups = []
        for target in targets:
            groups.append(explain_many(question, method, self.part, taken[target], target, step, done, of))
            done += len(taken[target])
        groups = in_common(groups)
        names = [question.task.targets(question.data.fields)[target] for target in targets]
        title = f"Where {called(method.kind())} lies" + (", class by class" if len(groups) > 1 else "")
        says, numbers = _habit(inquiry, groups, names, called(method.kind()))
        return Finding(says, group_maps(groups, names, question.data, self.part, title), numbers)


def _habit(inquiry: Inquiry, groups: list[Many], names: list[str], method: str) -> tuple[str, dict[str, object]]:
    """The place where one class has most above what any other has there, of a table's columns the one that has most,
    since what speaks for one class speaks against the other: (a sentence, numbers)."""
    _, kind = field_of(inquiry.question)
    places = Places.of(groups[0].features, groups[0].names, kind)
    shares = np.stack([places.shares(group.weights).mean(0) for group in groups])  # (classes, places)
    others = np.zeros_like(shares)
    if len(groups) > 1:
        others = np.stack([np.delete(shares, at, 0).max(0) for at in range(len(groups))])
    above = shares if isinstance(kind, Vector) else shares - others
    at, place = (int(number) for number in np.unravel_index(int(above.argmax()), shares.shape))
    here, there = float(shares[at, place]), float(others[at, place])
    chance = places.chance(place, groups[0].weights.shape[1])
    where, whose = places.said[place], f" for “{names[at]}”" if len(groups) > 1 else ""
    says = f"{percent(here)} of each explanation by {method}{whose} lies {where} on average"
    says += f"; for any other class {percent(there)} at most. " if len(groups) > 1 else ". "
    says += f"If it lay everywhere alike, {percent(chance)} would. Ask yourself: is that a good reason?"
    largest = shares.argmax(1)
    classes = {
        name: {"place": places.said[largest[row]], "share": float(shares[row, largest[row]]), "examples": len(own.rows)}
        for row, (name, own) in enumerate(zip(names, groups, strict=True))
    }
    numbers: dict[str, object] = {"class": names[at], "place": where, "share": here, "elsewhere": there}
    return says, {**numbers, "chance": chance, "features": list(places.members[place]), "classes": classes}
