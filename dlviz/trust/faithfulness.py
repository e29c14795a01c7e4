"""Faithfulness: take away what an explanation holds to matter, and see whether the answer changes."""

from __future__ import annotations

from time import perf_counter
from typing import ClassVar

import numpy as np

from dlviz.core.setting import setting
from dlviz.core.values import Array
from dlviz.explainers.coalitions import Coalitions
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step
from dlviz.explainers.subject import Score
from dlviz.trust.followed import FEW, Followed, follow
from dlviz.trust.likelihood import likelihood
from dlviz.trust.pieces import Pieces, pieces, why_no_pieces
from dlviz.trust.rankings import at_random, ranking, stops
from dlviz.trust.trial import Trial, Verdict

#: Where a probability stays within such a range whatever is taken away, the score behind it is looked at.
FLAT = 0.05
#: Random orders where they are cheap: of few pieces, and so many that all orders have about as many steps in all.
MANY, MOST, STEPS = 200, 30, 400
#: If more of the random orders do as well, it may be chance.
BY_CHANCE = 0.1
#: Random orders drawn one by one.
SHOWN = 6


class Faithfulness(Trial):
    """Takes away piece by piece what the explanation holds to matter most, and puts it in piece by piece, and compares
    what the network then says with what it says when the pieces go in random orders.

    Its figure is the gain = (area under the insertion curve - area under the deletion curve), less the mean of the same
    of random orders, which is 0: each random order counts backwards, too. 1 is the range of what the network says along
    random orders, so that a class of 60 % and a number can be compared. Curves are of the target's probability, or of
    the score, where there is no probability or it hardly moves. A method without signs says how much a piece matters,
    not which way: of it, curves tell how close the network stays to what it says of the whole input.

    Explanations of what the network does reach +.3 to +.95, random maps 0 ± .3, maps of another class less than 0.
    """

    paper: ClassVar[str] = (
        "Petsiuk, Das & Saenko 2018, RISE: Randomized Input Sampling for Explanation, arXiv:1806.07421; "
        "Samek et al. 2015, Evaluating the Visualization of What a Deep Neural Network Has Learned, arXiv:1509.06321"
    )
    asks: ClassVar[str] = "Does what it highlights matter?"

    rankings: int = setting(
        6, "How many random orders it is compared with at least, each forwards and backwards.", ge=3, le=100
    )
    steps: int = setting(32, "In how many steps the pieces are taken away, about.", ge=4, le=1000)
    least: float = setting(0.1, "The gain that counts as support, if chance seldom reaches it.", ge=0, le=1)
    seed: int = setting(0, "The chance by which orders are drawn.", ge=0, le=2**31, advanced=True)

    def why_not(self, question: Question, method: Explainer, explanation: Explanation) -> str | None:
        return why_no_pieces(question, explanation)

    def examine(self, question: Question, method: Explainer, explanation: Explanation, step: Step) -> Verdict:
        began, parts = perf_counter(), pieces(question, explanation)
        probability = likelihood(question, parts.about)
        found = None if probability is None else self._followed(parts, method.signed, probability, step)
        target = question.task.targets(question.data.fields)[question.target]
        height = f"probability of {target}"
        if found is None or np.ptp(found.extent) < FLAT:
            found = self._followed(parts, method.signed, parts.about.score, step)
            height = f"score of {target}"
        if not np.isfinite(found.extent).all() or not np.ptp(found.extent):
            said = "Whatever is taken away, the network says the same: it cannot be told what matters to it."
            return Verdict(self.kind(), None, None, said, seconds=perf_counter() - began)
        gain, others = found.scaled(method.signed).gains()
        share = float((others >= gain - 1e-9).mean())
        holds = False if gain < self.least else True if share <= BY_CHANCE else None
        said = self._said(gain, share, holds, parts.name)
        return Verdict(self.kind(), gain, holds, said, _lines(found), height, perf_counter() - began)

    def _followed(self, parts: Pieces, signed: bool, score: Score, step: Step) -> Followed:
        count = parts.features.count
        how_many = max(self.rankings, MANY if count <= FEW else min(MOST, STEPS // count))
        orders = np.vstack([ranking(parts.weights, signed, self.seed), at_random(count, how_many, self.seed)])
        at = stops(count, self.steps)
        asked = 2**count if count <= FEW else 2 * (len(at) - 2) * len(orders)
        return follow(Coalitions(score, parts.about.hiding(parts.features), step, asked + 2), orders, at)

    def _said(self, gain: float, share: float, holds: bool | None, pieces: str) -> str:
        if holds:
            more = "far more than removing random parts"
            return f"Removing what is highlighted changes this prediction {more}: supported."
        if holds is None:
            return (
                "Removing what is highlighted changes this prediction more than removing random parts does on average, "
                f"but {100 * share:.0f} % of the random orders of these {pieces} do as well: it may be chance."
            )
        how = "less than" if gain < -self.least else "no more than"
        return f"Removing what is highlighted changes this prediction {how} removing random parts: not supported."


def _lines(found: Followed) -> dict[str, Array]:
    """The curves to draw, over the share of the pieces. Those of random orders have blanks for names."""
    lines = {
        "x": found.at / found.at[-1],
        "what matters most taken away first": found.taken[0],
        "what matters most put in first": found.put[0],
        "taken away at random, mean": found.taken_by_chance.mean(0),
        "put in at random, mean": found.put_by_chance.mean(0),
    }
    faint = np.vstack([found.taken[1 : 1 + SHOWN], found.put[1 : 1 + SHOWN]])
    return lines | {" " * (number + 1): line for number, line in enumerate(faint)}
