"""Completeness: whether the parts of an explanation add up to what they are said to add up to."""

from __future__ import annotations

from time import perf_counter
from typing import ClassVar

import numpy as np

from dlviz.core.setting import setting
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step
from dlviz.trust.trial import Trial, Verdict

#: The score may differ from the baseline's by chance alone a little; parts that cancel are measured by their sizes.
SMALL = 0.05


class Completeness(Trial):
    """Compares the sum of an explanation's parts with the difference that they are to explain, score(x) -
    score(baseline).

    Its figure is the gap between the two, as a share of the difference: smaller is better. Where the difference is less
    than a twentieth of what the parts amount to without their signs, the gap is a share of that twentieth.
    """

    paper: ClassVar[str] = "Sundararajan, Taly & Yan 2017, Axiomatic Attribution for Deep Networks, arXiv:1703.01365"
    asks: ClassVar[str] = "Do its parts add up?"

    most: float = setting(0.05, "The largest gap that counts as none, as a share of the difference.", gt=0, le=1)

    def why_not(self, question: Question, method: Explainer, explanation: Explanation) -> str | None:
        return None if explanation.gap is not None else "Its parts are not meant to add up to the score."

    def examine(self, question: Question, method: Explainer, explanation: Explanation, step: Step) -> Verdict:
        began = perf_counter()
        parts, gap = np.asarray(explanation.values, dtype=np.float64), explanation.gap
        assert gap is not None, "why_not comes before examine"
        whole = max(abs(gap + float(parts.sum())), SMALL * float(np.abs(parts).sum()))
        share = abs(gap) / whole if whole else 0.0
        holds = share <= self.most
        if holds:
            said = (
                f"The parts add up to the whole difference from the baseline, all but {100 * share:.1f} %: supported."
            )
        else:
            said = (
                f"The parts miss the difference from the baseline by {100 * share:.0f} % of it: not supported. "
                "Finer settings (more steps, more samples) may mend it."
            )
        step(1, 1)
        return Verdict(self.kind(), share, holds, said, seconds=perf_counter() - began)
