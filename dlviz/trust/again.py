"""Again: the same method asked about something like the question, a few times, for as long as there is patience."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from dlviz.core.values import Array
from dlviz.explainers.explainer import Explainer, Question, Step
from dlviz.trust.patience import OutOfPatience, clock, left
from dlviz.trust.pieces import weights_of


def asked_again(asked: Iterable[tuple[Question, Explainer]], step: Step, how_many: int) -> Iterator[Array]:
    """The pieces' weights (pieces,) in the answer to each question, made one by one. Ends early where another answer
    would take longer than there is patience; raises `OutOfPatience` if that is so of the first."""
    longest, now = 0.0, clock()
    for done, (question, method) in enumerate(asked):
        began = now()
        if done and longest > left(step):
            return

        def further(part: float, of: float, done: int = done) -> None:
            step(done + (part / of if of else 1.0), how_many)

        try:
            explanation = method.explain(question, further)
        except OutOfPatience:
            if not done:
                raise
            return
        yield _finite(weights_of(question, explanation))
        longest = max(longest, now() - began)


def _finite(weights: Array) -> Array:
    """Weights that order pieces: none where any is not finite."""
    return weights if np.isfinite(weights).all() else np.zeros_like(weights)
