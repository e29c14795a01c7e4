"""Randomised: whether an explanation looks the same on a network that has learned nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import ceil
from time import perf_counter
from typing import ClassVar

import numpy as np

from dlviz.core.setting import setting
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step
from dlviz.trust.again import asked_again
from dlviz.trust.agreement import by_order
from dlviz.trust.pieces import weights_of, why_no_pieces
from dlviz.trust.redrawn import redrawn
from dlviz.trust.trial import Trial, Verdict

#: Orders of few pieces agree by chance: there are so many networks that the mean of chance spreads by .14 at most.
ENOUGH = 50


class Randomised(Trial):
    """Draws all weights of the network anew, asks the same method about the same input, and compares the two
    explanations, part by part, by Spearman's rank correlation ρ.

    Its figure is |ρ|, of the mean over some networks: smaller is better. An edge detector reaches 1, whatever the
    network has learned; methods that look at the network mostly stay under .25.
    """

    paper: ClassVar[str] = "Adebayo et al. 2018, Sanity Checks for Saliency Maps, arXiv:1810.03292"
    asks: ClassVar[str] = "Does it show what was learned?"
    again: ClassVar[bool] = True

    networks: int = setting(3, "How many untrained networks are asked; of few parts more.", ge=1, le=100)
    most: float = setting(0.4, "Up to this |ρ| it looks different on an untrained network.", ge=0, le=1)
    same: float = setting(0.7, "From this |ρ| it looks the same on an untrained network.", ge=0, le=1)
    seed: int = setting(0, "The chance by which weights are drawn.", ge=0, le=2**31, advanced=True)

    def why_not(self, question: Question, method: Explainer, explanation: Explanation) -> str | None:
        if not any(True for network in question.networks.values() for _ in network.parameters()):
            return "Its weights cannot be seen here, so they cannot be drawn anew."
        return why_no_pieces(question, explanation)

    def examine(self, question: Question, method: Explainer, explanation: Explanation, step: Step) -> Verdict:
        began, weights = perf_counter(), weights_of(question, explanation)
        how_many = max(self.networks, ceil(ENOUGH / (len(weights) - 1)))

        def untrained() -> Iterator[tuple[Question, Explainer]]:
            for number in range(how_many):
                yield replace(question, networks=redrawn(question.networks, self.seed + number)), method

        others = list(asked_again(untrained(), step, how_many))
        alike = abs(float(np.mean([by_order(weights, other, method.signed) for other in others])))
        holds = True if alike <= self.most else False if alike >= self.same else None
        said = {
            True: "On networks that have learned nothing the same method shows something else, so what you see was "
            "learned: supported.",
            None: "It partly looks the same on an untrained network: some of it shows your input, not what was "
            "learned.",
            False: "This looks the same on an untrained network: it shows your input, not what was learned: not "
            "supported.",
        }[holds]
        if holds and method.signed:
            sizes = float(np.mean([by_order(weights, other, False) for other in others]))
            if sizes >= self.same:
                said += " Only its signs were, though: how strong it is at each place follows the input."
        return Verdict(self.kind(), alike, holds, said, seconds=perf_counter() - began)
