"""SpectralRelevance: the different ways in which a network comes to one and the same answer."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core.called import called
from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Audio, Bars, Category, Image, Points, Series, Tokens, Value, Vector
from dlviz.core.written import percent
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Step
from dlviz.explainers.scored import field_of, why_not_others
from dlviz.studies.group_maps import group_maps
from dlviz.studies.many import METHOD, Many, Method, Part, explain_many, method_for, taken_for
from dlviz.studies.places import Places
from dlviz.studies.spectral import FEWEST, Spectrum, cluster
from dlviz.studies.strategies import Strategy, odd_one, strategies
from dlviz.studies.study import About, Finding, Group, Inquiry, Study
from dlviz.tasks.task import Networks, Task

_NOUNS = {Image: "pictures", Vector: "rows", Tokens: "texts", Series: "series", Audio: "sounds"}
_PLACES = {Vector: "column", Tokens: "word"}


class SpectralRelevance(Study):
    """Explains many examples that the network takes for one class, and sorts the explanations into kinds (SpRAy): so
    one sees all its ways to that answer, a wrong one that only some examples follow among them.
    """

    paper: ClassVar[str] = (
        "Lapuschkin et al. 2019, Unmasking Clever Hans predictors and assessing what machines really learn, "
        "Nature Communications 10:1096"
    )
    reading: ClassVar[str] = (
        "Each point is one example; those near each other are explained alike. A cloud of its own is a way of its own "
        "to the answer. Look at what it goes by: a copyright mark in the corner recognised the horses of a famous data "
        "set, and nobody had noticed for years."
    )
    misleads: ClassVar[str] = (
        "A way of its own may be a good one: sevens with a stroke through them are explained otherwise than those "
        "without. What all examples share is no cluster at all: MeanAttribution shows that."
    )
    cost: ClassVar[str] = "`examples` explanations, and a graph of them"
    about_what: ClassVar[About] = "network"
    group: ClassVar[Group] = "concepts"

    method: Method = setting("auto", METHOD)
    examples: int = setting(
        100, "How many examples that the network takes for the class. More: rarer ways are found, slower.",
        ge=FEWEST, le=1000,
    )  # fmt: skip
    part: Part = setting("train", "Of which part of the data. A giveaway that was learned is in the training part.")
    neighbours: int = setting(
        0, "With how many of the most similar explanations each is joined. More: coarser clusters. 0: the logarithm of "
        "their number.", ge=0, le=100, advanced=True,
    )  # fmt: skip
    most: int = setting(8, "How many clusters there may be.", ge=2, le=30, advanced=True)
    seed: int = setting(0, "The chance by which examples are drawn and clusters begun.", ge=0, le=2**31, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not_others(task, networks, fields, (Image, Vector, Tokens, Series, Audio))

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question = inquiry.question
        method = method_for(question, self.method)
        rows = taken_for(question, self.part, self.examples, self.seed)[question.target]
        name = question.task.targets(question.data.fields)[question.target]
        _, kind = field_of(question)
        noun = _NOUNS[type(kind)]
        if len(rows) < FEWEST:
            raise WrongInput(
                f"The network takes {len(rows)} {noun} of the {self.part} part for “{name}”. At least {FEWEST} are "
                "needed to see different ways. Choose another class, part or data."
            )
        many = explain_many(question, method, self.part, rows, question.target, step)
        spectrum = cluster(many.weights, self.neighbours, self.most, self.seed)
        places = Places.of(many.features, many.names, kind)
        found = strategies(many.weights, spectrum.groups, places)
        odd = odd_one(found, isinstance(kind, Tokens))
        letters = [f"{chr(ord('A') + number)} ({len(own.at)})" for number, own in enumerate(found)]
        shown = [_cloud(spectrum, found, letters, places, noun)]
        groups = [many.of(own.at) for own in found]
        shown += group_maps(groups, letters, question.data, self.part, f"What {called(method.kind())} says of each way")
        if len(found) > 1:
            shown.append(_spectrum(spectrum))
        answer = next(iter(question.data.fields.targets.values()), None)
        whom = f"{noun} taken for “{name}”" if isinstance(answer, Category) else noun
        says = _said(len(rows), found, odd, places, whom, _PLACES.get(type(kind), "place"))
        return Finding(says, shown, _numbers(many, spectrum, found, odd, places))


def _cloud(spectrum: Spectrum, found: list[Strategy], letters: list[str], places: Places, noun: str) -> Value:
    group = np.zeros(len(spectrum.groups), dtype=int)
    for number, own in enumerate(found):
        group[own.at] = number
    told = (places.said[own.place].replace("`", "") for own in found)  # a legend reads no Markdown
    names = tuple(f"{letter} {where}" for letter, where in zip(letters, told, strict=True))
    note = f"Each point is one of the {noun}. The nearer two of them, the more alike they are explained."
    title = "One way" if len(found) == 1 else f"{len(found)} ways"
    return Value(Points(groups=names), spectrum.plane, f"{title} to the same answer", note, {"group": group})


def _spectrum(spectrum: Spectrum) -> Value:
    names = tuple(str(number + 1) for number in range(len(spectrum.eigenvalues)))
    note = (
        f"As many values near 0 as there are clusters that hardly touch; the widest gap comes after {spectrum.count}."
    )
    return Value(Bars(names=names, title="eigenvalue"), spectrum.eigenvalues, "How well they part", note)


def _said(count: int, found: list[Strategy], odd: Strategy | None, places: Places, whom: str, place: str) -> str:
    """`place`: what a place is called: a place, a column, a word."""
    if odd is not None:
        rest, where = count - len(odd.at), places.said[odd.place].removeprefix("at `").removesuffix("`")
        where = places.said[odd.place] if place == "place" else f"`{where}`"
        return (
            f"{len(odd.at)} of {count} {whom} are explained by the same {place}, {where}: "
            f"{percent(odd.share)} of each explanation lies there, of the other {rest} {percent(odd.elsewhere)}. Is "
            "that a good reason for it?"
        )
    if len(found) == 1:
        return (
            f"All {count} {whom} are explained in much the same way; {percent(found[0].share)} of each "
            f"explanation lies {places.said[found[0].place]}."
        )
    return f"{count} {whom} are explained in {len(found)} ways. None leans on one {place} that the others leave alone."


def _numbers(
    many: Many, spectrum: Spectrum, found: list[Strategy], odd: Strategy | None, places: Places
) -> dict[str, object]:
    def told(own: Strategy) -> dict[str, object]:
        return {
            "rows": [many.rows[int(at)] for at in own.at], "place": places.said[own.place],
            "features": list(places.members[own.place]), "share": own.share, "elsewhere": own.elsewhere,
        }  # fmt: skip

    return {
        "eigenvalues": [float(value) for value in spectrum.eigenvalues], "clusters": spectrum.count,
        "ways": [told(own) for own in found], "odd": None if odd is None else found.index(odd),
    }  # fmt: skip
