"""Answers: the one number of what a network says that a study follows, for many inputs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from torch import Tensor

from dlviz.core.values import Array, Category, Scalar
from dlviz.explainers.batches import batches
from dlviz.explainers.explainer import Question, Step
from dlviz.studies.saying import Saying, at_once

#: Inputs (N, *shape) → answers (N,).
Answers = Callable[[Tensor], Array]


def answers(question: Question) -> Answers:
    """Of classes the probability of the target, less that of the one it is held against; else the predicted number."""
    saying = Saying(question)

    def asked(inputs: Tensor) -> Array:
        found = saying(inputs)
        if not saying.classes:
            return found
        against = 0.0 if question.against is None else found[:, question.against]
        return np.asarray(found[:, question.target] - against)

    return asked


def asked_in_batches(ask: Answers, inputs: Tensor, step: Step, done: float, of: float) -> Array:
    """`ask` of all inputs (N, *shape), telling how far it is; `done` of `of` inputs were asked about before."""
    found = np.empty(len(inputs))
    for part in batches(len(inputs), at_once(inputs[0])):
        found[part] = ask(inputs[part])
        step(done + part.stop, of)
    return found


def answer_title(question: Question) -> str:
    """What `answers` gives, in a few words: "probability of “spam”", "price (€)"."""
    names = question.task.targets(question.data.fields)
    kind = next(iter(question.data.fields.targets.values()), None)
    target = names[question.target]
    if isinstance(kind, Category):
        against = "" if question.against is None else f" less that of “{names[question.against]}”"
        return f"probability of “{target}”{against}"
    unit = kind.unit if isinstance(kind, Scalar) else ""
    return f"{target} ({unit})" if unit else target


def score_title(question: Question) -> str:
    """What `Task.score` gives, in a few words: the logit of a class, the predicted number."""
    kind = next(iter(question.data.fields.targets.values()), None)
    if not isinstance(kind, Category):
        return answer_title(question)
    names = question.task.targets(question.data.fields)
    against = "" if question.against is None else f" against “{names[question.against]}”"
    return f"score of “{names[question.target]}”{against}"
