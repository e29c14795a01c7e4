"""Attention reading: one question's looks, and how a number for each step of them becomes an explanation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Image, Series, Tokens, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.attention_capture import attention_layers
from dlviz.explainers.attention_relevance import look_gradients
from dlviz.explainers.attention_sides import Run, Side, Sided, sided, steps_at
from dlviz.explainers.attention_steps import Steps
from dlviz.explainers.explainer import Explanation, Question
from dlviz.explainers.piecewise import subject
from dlviz.explainers.scored import field_of, scorer, why_not
from dlviz.tasks.task import Networks, Task

KINDS = (Image, Vector, Tokens, Series, Audio)
NO_ATTENTION = "This network has no attention layer, so there is nothing that it looked at."


@dataclass(frozen=True)
class Reading:
    """The looks of one example's pass: `layers` in order; `score`, the target's, with a graph; `against`, the looks and
    the score of the target that it is held against, if there is one, from a pass of their own; `keys`, the sequence
    that lies on the input, and its `steps`."""

    layers: list[Sided]
    score: Tensor
    against: tuple[list[Sided], Tensor] | None
    keys: Side
    steps: Steps

    def gradients(self) -> list[Tensor]:
        """How much what is explained would rise with each look."""
        found = look_gradients(self.layers, self.score)
        if self.against is None:
            return found
        return [one - other for one, other in zip(found, look_gradients(*self.against), strict=True)]

    @property
    def explained(self) -> float:
        """The explained number."""
        return float(self.score.detach()) - (0.0 if self.against is None else float(self.against[1].detach()))


def why_not_attending(task: Task, networks: Networks, fields: Fields) -> str | None:
    """Why no looks of this can be laid over its input, in a sentence."""
    why = why_not(task, networks, fields, KINDS)
    if why is None and len(fields.inputs) > 1 and attention_layers(networks):
        why = f"Its looks go over {len(fields.inputs)} inputs at once. AttentionOfAnswer and AttentionMaps show each."
    if why is None and not attention_layers(networks):
        why = NO_ATTENTION
    return why


def reading(question: Question) -> Reading:
    """One pass with all its looks. Raises `WrongInput` where they do not lie on the input."""
    name, _ = field_of(question)
    layers, score = _passed(question, question.target)
    if not layers:
        raise WrongInput("No attention layer of this network is called when it answers.")
    sizes = list(dict.fromkeys(layer.keys for layer in layers if not layer.crossing))
    if len(sizes) > 1:
        raise WrongInput(
            f"The sequence changes its length between the attention layers ({' then '.join(str(n) for _, n in sizes)} "
            "steps), so looks of different layers cannot be put together. See them layer by layer: AttentionMaps."
        )
    keys = sizes[0] if sizes else layers[0].keys
    run, inputs = _run(question, question.target), {name: question.inputs[name]}
    steps = steps_at(question.networks, run, inputs, question.data.fields, layers, keys)
    if steps is None:
        raise WrongInput(
            f"The {keys[1]} steps that the attention sees cannot be laid over this input: they are neither its tokens, "
            "columns, moments nor patches. See them layer by layer: AttentionMaps."
        )
    against = None if question.against is None else _passed(question, question.against)
    return Reading(layers, score, against, keys, steps)


def _run(question: Question, target: int) -> Run:
    """The score of one target, by inputs."""
    name, _ = field_of(question)
    score = scorer(replace(question, target=target, against=None))
    return lambda inputs: score(inputs[name])


def _passed(question: Question, target: int) -> tuple[list[Sided], Tensor]:
    """The looks of one pass, and the score of one target."""
    name, _ = field_of(question)
    with torch.enable_grad():
        layers, said = sided(
            question.networks, _run(question, target), {name: question.inputs[name]}, question.data.fields
        )
    return layers, said[0]


def explanation(question: Question, read: Reading, weights: Tensor, note: str) -> Explanation:
    """`weights` (S,), a number of at least 0 for each step: shares that sum to 1 over the input's own steps."""
    steps, lost = read.steps, ""
    own = torch.zeros(len(steps.names), dtype=torch.bool)
    own[steps.of[steps.of >= 0].unique()] = True
    total, outside = float(weights.sum()), float(weights[~steps.there].sum())
    if outside > 0.005 * total:
        lost = f" {outside / total:.0%} of it went to padding behind the input: the network does not mask it."
    inside = weights.double() * own
    shares = inside / inside.sum().clamp(min=1e-30)
    thing = subject(question)
    return Explanation(
        values=thing.shown(steps.spread(shares)),
        kind=thing.attribution(),
        score=read.explained,
        note=f"{note}{lost}",
    )
