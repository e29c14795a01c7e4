"""Stability: whether an explanation stays when its input changes so little that it means the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter
from typing import ClassVar

import numpy as np

from dlviz.core.setting import setting
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step
from dlviz.explainers.scored import field_of
from dlviz.trust.again import asked_again
from dlviz.trust.agreement import by_size
from dlviz.trust.nudged import nudged
from dlviz.trust.pieces import pieces, why_no_pieces
from dlviz.trust.trial import Trial, Verdict


class Stability(Trial):
    """Adds a little noise to the input, or leaves out of a text a token that the explanation gives next to nothing (or
    makes it unknown, where all must stay in its place), and asks the same method again, with other chance where it
    draws any.

    Its figure is the mean correlation with the explanation as it was, part by part. Most methods stay above .8, a map
    of pure chance is about 0.
    """

    paper: ClassVar[str] = (
        "Alvarez-Melis & Jaakkola 2018, On the Robustness of Interpretability Methods, arXiv:1806.08049"
    )
    asks: ClassVar[str] = "Does it stay when the input hardly changes?"
    again: ClassVar[bool] = True

    noise: float = setting(0.05, "The noise's spread, as a share of that of the training part.", gt=0, le=1)
    times: int = setting(2, "How often the input is changed.", ge=1, le=100)
    least: float = setting(0.5, "From this correlation on it counts as stable.", ge=0, le=1)
    seed: int = setting(0, "The chance by which inputs are changed.", ge=0, le=2**31, advanced=True)

    def why_not(self, question: Question, method: Explainer, explanation: Explanation) -> str | None:
        return why_no_pieces(question, explanation)

    def examine(self, question: Question, method: Explainer, explanation: Explanation, step: Step) -> Verdict:
        began, parts = perf_counter(), pieces(question, explanation)
        name, _ = field_of(question)
        changed = nudged(question, parts, self.noise, self.times, self.seed)

        def asked() -> Iterator[tuple[Question, Explainer]]:
            for number, one in enumerate(changed, 1):
                yield (
                    replace(question, inputs={**question.inputs, name: one.inputs}),
                    _with_other_chance(method, number),
                )

        others = asked_again(asked(), step, len(changed))
        before = [parts.weights[one.kept] for one in changed]
        # a sentence whose last mark is gone becomes one with the next: such an answer cannot be compared
        found = [by_size(one, other) for one, other in zip(before, others, strict=False) if len(one) == len(other)]
        if not found:
            said = f"Without a part of it, the text has other {parts.name}: the two cannot be compared."
            return Verdict(self.kind(), None, None, said, seconds=perf_counter() - began)
        alike = float(np.mean(found))
        holds = alike >= self.least
        little = f"one of the {parts.name} less" if parts.about.over == "text" else "a little noise"
        said = (
            f"With {little} the explanation stays much the same: supported."
            if holds
            else f"With {little} the explanation becomes another one: not supported. Do not read its details."
        )
        return Verdict(self.kind(), alike, holds, said, seconds=perf_counter() - began)


def _with_other_chance(method: Explainer, number: int) -> Explainer:
    """The method with another seed, if it has one."""
    if "seed" not in type(method).model_fields:
        return method
    return method.model_copy(update={"seed": getattr(method, "seed") + number})  # noqa: B009 - no field of the base
