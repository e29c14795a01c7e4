"""Likelihood: how sure the network is of what is explained, from 0 to 1."""

from __future__ import annotations

from torch import Tensor

from dlviz.explainers.explainer import Question
from dlviz.explainers.heard import front
from dlviz.explainers.passing import through
from dlviz.explainers.scored import field_of
from dlviz.explainers.subject import Score, Subject
from dlviz.tasks.classification import Classification


def likelihood(question: Question, about: Subject) -> Score | None:
    """The probability of the target as a function of inputs like `about.x`, (N, *shape) → (N,): of the explained class
    among all, or of the two that are held against each other. None where what is explained is no class."""
    task, networks, fields = question.task, question.networks, question.data.fields
    if not isinstance(task, Classification):
        return None
    if question.against is not None:
        return lambda inputs: about.score(inputs).sigmoid()  # the softmax of two logits
    name, _ = field_of(question)

    def probability(inputs: Tensor) -> Tensor:
        return task.forward(networks, {name: inputs}, fields).softmax(1)[:, question.target]

    if about.over != "spectrogram":
        return probability
    layer = front(networks)
    assert layer is not None, "the explanation lies over a spectrogram"
    return through(layer, probability, question)
