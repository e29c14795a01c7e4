"""Attention relevance: the looks of all layers put together, from what is answered back to the input's steps."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from dlviz.explainers.attention_sides import Side, Sided

#: For each two sequences, how much each step of the first has of each step of the second: (steps, steps).
Mixture = dict[tuple[Side, Side], Tensor]


def rollout(layers: Sequence[Sided], residual: float = 0.5) -> Mixture:
    """Which share of each step comes from which step of the input, were each layer nothing but its looks (Abnar &
    Zuidema 2020): the mean over heads, of which `residual` is the step itself, which goes past the attention.

    A look at another sequence takes the rest from what its steps are made of by then; so rows over all sequences
    together sum to 1."""
    shares = _start(layers)
    sides = _sides(layers)
    for layer in layers:
        looks = layer.attended.weights[0].detach().double().mean(0)  # (queries, keys)
        asks, seen = layer.queries, layer.keys
        for other in sides:
            taken = looks @ shares[seen, other]
            shares[asks, other] = residual * shares[asks, other] + (1 - residual) * taken
    return shares


def gradient_relevance(layers: Sequence[Sided], gradients: Sequence[Tensor]) -> Mixture:
    """How relevant each step is to each other for a score (Chefer, Gur & Wolf 2021); `gradients`: those of the score
    with respect to each layer's weights, as `look_gradients` gives them.

    A layer's looks count by how much the score would rise with each, where it would: Ā = mean over heads of
    max(0, ∂score/∂A · A). Self-attention adds Ā R to all that R holds of its steps; a look at another sequence adds
    R̄ᵀ Ā R̄, with the relevance within each sequence, its rows scaled to 1 beside the step itself."""
    sides = _sides(layers)
    relevant = _start(layers)
    for layer, rise in zip(layers, gradients, strict=True):
        looks = (rise * layer.attended.weights)[0].detach().double().clamp(min=0).mean(0)  # (queries, keys)
        asks, seen = layer.queries, layer.keys
        if asks == seen:
            added = {(asks, other): looks @ relevant[asks, other] for other in sides}
        else:
            across = _scaled(relevant[asks, asks]).T @ looks @ _scaled(relevant[seen, seen])
            added = {(asks, seen): across, (asks, asks): looks @ relevant[seen, asks]}
        for pair, more in added.items():
            relevant[pair] = relevant[pair] + more
    return relevant


def look_gradients(layers: Sequence[Sided], score: Tensor) -> list[Tensor]:
    """How much `score`, a number with a graph, would rise with each look of each layer: (1, heads, queries, keys)."""
    inside = [layer.attended.inside for layer in layers]
    found = torch.autograd.grad(score, inside, allow_unused=True, retain_graph=True)
    return [
        torch.zeros_like(layer.attended.weights) if gradient is None else gradient.view_as(layer.attended.weights)
        for layer, gradient in zip(layers, found, strict=True)
    ]


def read_steps(last: Sided, score: Tensor) -> Tensor:
    """(queries,) True at the steps of the last attention layer whose result the score reads: all where their mean is
    taken, one where only the last counts."""
    gathered = last.attended.gathered
    (gradient,) = torch.autograd.grad(score, gathered, allow_unused=True, retain_graph=True)
    if gradient is None:
        return torch.ones(last.queries[1], dtype=torch.bool)
    strength: Tensor = last.attended.by_step(gradient)[0].norm(dim=1)
    return strength > 1e-6 * strength.amax()


def _sides(layers: Sequence[Sided]) -> list[Side]:
    return list(dict.fromkeys(side for layer in layers for side in (layer.keys, layer.queries)))


def _start(layers: Sequence[Sided]) -> Mixture:
    """Each step is made of itself alone."""
    sides = _sides(layers)
    return {
        (one, other): torch.eye(one[1], dtype=torch.float64) if one == other
        else torch.zeros(one[1], other[1], dtype=torch.float64)
        for one in sides
        for other in sides
    }  # fmt: skip


def _scaled(relevant: Tensor) -> Tensor:
    """What was added to the identity, its rows scaled to 1, and the identity again."""
    itself = torch.eye(len(relevant), dtype=relevant.dtype)
    added = relevant - itself
    return added / added.sum(1, keepdim=True).clamp(min=1e-30) + itself
