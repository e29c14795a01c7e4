"""Units of a layer: along which side they lie, and how strongly one of them answers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Tokens
from dlviz.explainers.batches import batches
from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.places import look
from dlviz.explainers.scored import field_of, scorer
from dlviz.explainers.smooth import smooth
from dlviz.explainers.subject import Score
from dlviz.studies.inner_layers import InnerLayers
from dlviz.studies.saying import at_once


def units_along(question: Question, layers: InnerLayers, name: str) -> int:
    """The side of what a layer gives (N, …) along which its units lie: 1 of maps, where channels come first, -1 of
    steps that have features each."""
    shape = layers.shapes[name]
    if len(shape) == 3:
        return 1
    if len(shape) == 1:
        return 1
    about = smooth(question)
    return 1 if name in look(layers.network, about.score, about.x, about.over)[1] else -1


@dataclass(frozen=True)
class Unit:
    """One unit of a layer. It answers with its mean over all places, of a text with its largest."""

    layer: nn.Module
    along: int
    number: int
    largest: bool

    @classmethod
    def of(cls, question: Question, layers: InnerLayers, name: str, number: int) -> Unit:
        layer, along = layers.layer(name), units_along(question, layers, name)
        many = layers.shapes[name][0 if along == 1 else -1]
        if not 0 <= number < many:
            raise WrongInput(f"Layer `{name}` has the units 0 to {many - 1}. Received: {number}.")
        return cls(layer, along, number, isinstance(field_of(question)[1], Tokens))

    def of_output(self, output: Tensor) -> Tensor:
        """Its answer (N,) in what the layer gave."""
        own = output.select(self.along, self.number).flatten(1) if output.dim() > 2 else output[:, self.number, None]
        return own.amax(1) if self.largest else own.mean(1)

    def answers(self, score: Score) -> Score:
        """Its answer (N,) as a function of what `score` is a function of."""

        def answered(inputs: Tensor) -> Tensor:
            given: list[Tensor] = []
            hook = self.layer.register_forward_hook(lambda module, entered, output: given.append(output))
            try:
                score(inputs)
            finally:
                hook.remove()
            return self.of_output(given[0])

        return answered


@torch.no_grad()
def answers_of(answer: Score, inputs: Tensor, step: Step, done: float = 0, of: float | None = None) -> Tensor:
    """Answers (N,) of many inputs; `done` of `of` steps were made before."""
    found = []
    for part in batches(len(inputs), at_once(inputs[0])):
        found.append(answer(inputs[part]))
        step(done + part.stop, of or len(inputs))
    return torch.cat(found).double()


@torch.no_grad()
def most_excited(question: Question, layers: InnerLayers, name: str, others: Tensor) -> int:
    """The unit that the question's example excites most, against how others do: in standard deviations."""
    along, score = units_along(question, layers, name), scorer(question)
    layer, reduced = layers.layer(name), []
    hook = layer.register_forward_hook(lambda module, entered, output: reduced.append(_by_unit(output, along)))
    try:
        score(question.inputs[field_of(question)[0]])
        for part in batches(len(others), at_once(others[0])):
            score(others[part])
    finally:
        hook.remove()
    here, there = reduced[0][0], torch.cat(reduced[1:])
    return int(((here - there.mean(0)) / there.std(0, correction=0).clamp(min=1e-6)).argmax())


def _by_unit(output: Tensor, along: int) -> Tensor:
    """(N, units): the mean of each unit over all places."""
    turned = output.movedim(along, 1)
    return turned.flatten(2).mean(2) if turned.dim() > 2 else turned
