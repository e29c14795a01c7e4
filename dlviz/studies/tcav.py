"""Tcav: does a concept of the user's own matter for a class?"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Array, Audio, Bars, Image, Series, Tokens, Value, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Step
from dlviz.explainers.scored import scorer, why_not_others
from dlviz.studies.concept_layer import chosen_layer
from dlviz.studies.concept_vectors import (
    Directions,
    Pull,
    beyond,
    layer_slopes,
    shuffled,
    unlike_means,
)
from dlviz.studies.concepts import FEWEST, GOOD, MOST, concept_of, members_of, of_class, others_than
from dlviz.studies.inner_layers import InnerLayers, layer_outputs
from dlviz.studies.study import About, Finding, Group, Inquiry, Study
from dlviz.tasks.task import Networks, Task

#: So many counterparts say how well a random concept is told apart; so many examples are asked about with weights in
#: disorder.
_COUNTERPARTS, _BLIND = 4, 32
#: Less likely by chance than this is called significant.
_LEVEL = 0.05


class Tcav(Study):
    """Asks whether a concept that you show by examples (stripes, a beard, loud vowels) raises the score of a class.

    In a layer, the direction v from any examples to those with the concept is learned (a concept activation vector).
    The score of TCAV is the share of the class's examples whose score rises along v. It counts only if the layer tells
    the concept apart better than any examples from any others; if the shares differ from those of random concepts (a
    t-test, as in the paper); and if v points along the score's gradient more than it does with the weights behind the
    layer in disorder. Without the last one, networks that have learned nothing often pass.
    """

    paper: ClassVar[str] = (
        "Kim et al. 2018, Interpretability Beyond Feature Attribution: Quantitative Testing with Concept Activation "
        "Vectors, arXiv:1711.11279"
    )
    reading: ClassVar[str] = (
        "Near 1, the concept speaks for the class in nearly all of its examples; near 0, against it; where random "
        "concepts reach as much, it says nothing. Only what is called significant counts."
    )
    misleads: ClassVar[str] = (
        "What the examples have in common beside the concept counts as well: stripes on grass are also grass. And a "
        "layer may hold a concept that the decision does not use, which is why random directions are compared, too."
    )
    cost: ClassVar[str] = "one pass for each example of the concept and 500 others, one back for each of the class"
    about_what: ClassVar[About] = "network"
    group: ClassVar[Group] = "concepts"

    name: str = setting("the concept", "What the concept is called.", min_length=1, max_length=60)
    concept: tuple[int, ...] = setting(
        (), f"The numbers of examples that show it: {FEWEST} at least, better {GOOD} or more.", names="example"
    )
    part: Literal["train", "validation", "test"] = setting("train", "Of which part these examples are.")
    members: str = setting(
        "", "Or a class: training examples of it, drawn by chance, show it.", label="members of a class", names="class",
        usual="none",
    )  # fmt: skip
    path: str = setting("", "Or a folder or zip of pictures that show it.", widget="path")
    layer: str = setting(
        "auto", "In which layer it is looked for. `auto`: the last one with places in convolutional networks, else the "
        "last but one with weights.", min_length=1, names="inner", usual="the last with places, else the last but one",
    )  # fmt: skip
    randoms: int = setting(30, "How many random counterparts. More: surer, and slower.", ge=10, le=500)
    examples: int = setting(100, "How many examples of the class are asked about at most.", ge=5, le=10_000)
    seed: int = setting(0, "The chance by which examples and counterparts are drawn.", ge=0, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not_others(task, networks, fields, (Image, Vector, Tokens, Series, Audio))

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question, chance = inquiry.question, torch.Generator().manual_seed(self.seed)
        rows: dict[str, tuple[int, ...]] = {self.part: self.concept} if self.concept else {}
        if self.members:
            rows["train"] = (*rows.get("train", ()), *members_of(question, self.members, chance))
        own, shown = concept_of(question, self.name, rows, self.path)
        own = _some(own, MOST, chance)[0]
        layers = InnerLayers.of(question)
        chosen = chosen_layer(question, layers, self.layer)
        layer, above = layers.layer(chosen), [layers.network.get_submodule(one) for one in layers.above(chosen)]
        if not above:
            raise WrongInput(f"No weights come behind layer `{chosen}`: choose an earlier one, or leave it `auto`.")
        pool = others_than(question, rows.get("train", ()), len(own), chance)
        of = 4
        step(0, of)
        score, examples = scorer(question), of_class(inquiry, self.examples, chance)
        within = layer_outputs(layer, score, own, _unheard).flatten(1)
        others = layer_outputs(layer, score, pool, lambda d, o: step(1 + d / o, of)).flatten(1)
        slopes = layer_slopes(layer, score, examples, lambda d, o: step(2 + d / o, of))
        among = Directions(torch.cat([within, others]))
        shows, rest = torch.arange(len(own)), len(own) + torch.arange(len(others))
        sets = [_some(rest, len(own), chance)[0] for _ in range(self.randoms)]
        directions = among.vectors(torch.stack([among.weights(shows, other) for other in sets]))
        right = float(np.mean([among.told_apart(shows, other) for other in sets]))
        concept = Pull.of(slopes, directions)
        rivals, by_chance = self._rivals(among, rest, len(own), chance)
        random = Pull.of(slopes, rivals)
        unlearned = np.empty(2 * self.randoms)
        for number in range(len(unlearned)):
            with shuffled(above, chance):
                blind = layer_slopes(layer, score, examples[:_BLIND], _unheard)
            unlearned[number] = Pull.of(blind, directions).strengths.mean()
            step(3 + (number + 1) / len(unlearned), of)
        by_apart = beyond(right, by_chance)
        by_share = unlike_means(concept.shares, random.shares)
        by_strength = beyond(float(concept.strengths.mean()), unlearned)
        step(of, of)
        told = question.task.targets(question.data.fields)[question.target]
        significant = max(by_apart, by_share, by_strength) < _LEVEL
        numbers = {
            "share": float(concept.shares.mean()), "random": float(random.shares.mean()), "p": by_share,
            "p_strength": by_strength, "strength": float(concept.strengths.mean()), "told_apart": right,
            "p_told_apart": by_apart,
            "significant": significant, "layer": chosen, "concept": len(own), "examples": len(slopes),
        }  # fmt: skip
        drawn = self._drawn(concept, random, told, chosen)
        return Finding(
            self._says(concept, random, right, (by_apart, by_share, by_strength), told, chosen),
            [drawn, shown],
            numbers,
        )

    def _rivals(self, among: Directions, rest: Tensor, many: int, chance: torch.Generator) -> tuple[Tensor, Array]:
        """A direction each to concepts that are any examples, and how well each is told from others."""
        weights, right = [], []
        for _ in range(2 * self.randoms):
            own, others = _some(rest, many, chance)
            sets = [_some(others, many, chance)[0] for _ in range(_COUNTERPARTS)]
            weights.append(among.weights(own, sets[0]))
            right.append(np.mean([among.told_apart(own, other) for other in sets]))
        return among.vectors(torch.stack(weights)), np.array(right)

    def _drawn(self, concept: Pull, random: Pull, target: str, layer: str) -> Value:
        means = np.array([concept.shares.mean(), random.shares.mean()])
        spread = np.array([concept.shares.std(), random.shares.std()])
        return Value(
            Bars(names=(self.name, "random concepts"), title=f"share of examples for which it speaks for {target}"),
            means, f"How often {self.name} speaks for {target}",
            f"Along {self.name} the score of {target} rises for {100 * means[0]:.0f} % of its examples, along random "
            f"concepts for {100 * means[1]:.0f} % (layer `{layer}`).",
            {"low": np.clip(means - spread, 0, 1), "high": np.clip(means + spread, 0, 1)},
        )  # fmt: skip

    def _says(
        self, concept: Pull, random: Pull, apart: float, p: tuple[float, float, float], told: str, layer: str
    ) -> str:
        share = float(concept.shares.mean())
        what = (
            f"Along {self.name} the score of {told} rises for {100 * share:.0f} % of the examples "
            f"(random concepts: {100 * float(random.shares.mean()):.0f} %)."
        )
        by_apart, by_share, by_strength = p
        if not concept.strengths.any() and not random.strengths.any():
            return (
                f"The score of {told} does not move at all with layer `{layer}` in these examples: its gradient there "
                "is 0, as where every unit behind it is switched off. Choose another layer or another class."
            )
        if by_apart >= _LEVEL:
            return (
                f"{what} That means nothing: layer `{layer}` does not tell {self.name} from other examples better than "
                f"any examples from any others (right in {100 * apart:.0f} %)."
            )
        if by_share >= _LEVEL:
            return f"{what} Not significant (p = {by_share:.2g}): random concepts do as much."
        if by_strength >= _LEVEL:
            return (
                f"{what} Not significant: the score hangs no more on it than with the weights behind the layer in "
                f"disorder (p = {by_strength:.2g})."
            )
        way = "for" if share > float(random.shares.mean()) else "against"
        return f"{what} Significant (p = {max(p):.2g}): it speaks {way} {told}."


def _some(rows: Tensor, count: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
    """(`count` of the rows, all where there are no more, drawn by chance; the rest)"""
    order = torch.randperm(len(rows), generator=chance)
    return rows[order[:count]], rows[order[count:]]


def _unheard(done: float, of: float) -> None:
    """The concept's own examples are few."""
