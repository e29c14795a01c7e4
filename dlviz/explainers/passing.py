"""Passing: what an inner layer gives for an input, and the score as a function of that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

import torch
from torch import Tensor, nn

from dlviz.explainers.explainer import Question
from dlviz.explainers.scored import field_of
from dlviz.explainers.subject import Score

Layer = TypeVar("Layer", bound=nn.Module)


def through(layer: nn.Module, score: Score, question: Question) -> Score:
    """The score as a function of what `layer` gives, all else as in the question's input."""
    name, _ = field_of(question)
    x = question.inputs[name]

    def scored(given: Tensor) -> Tensor:
        # in place of the layer's own work, which would be done for nothing
        layer.forward = lambda *inputs, **named: given
        try:
            return score(x.expand(len(given), *x.shape[1:]))
        finally:
            del layer.forward

    return scored


class _Passed(BaseException):
    """What was to be seen has passed. No mere exception: those torch.fx takes for errors, and looks up their line."""


@torch.no_grad()
def passing(layer: nn.Module, score: Score, inputs: Tensor) -> Tensor:
    """What `layer` gives for inputs (N, *shape). What comes behind it is not computed."""
    found: list[Tensor] = []

    def seen(module: nn.Module, given: object, output: Tensor) -> None:
        found.append(output.detach())
        raise _Passed

    hook = layer.register_forward_hook(seen)
    try:
        with suppress(_Passed):
            score(inputs)
    finally:
        hook.remove()
    return found[0]


@torch.no_grad()
def given_to(layers: Iterable[Layer], x: Tensor, run: Callable[[], object]) -> list[Layer]:
    """Those layers that are given `x` itself when it runs."""
    found: list[Layer] = []

    def watch(layer: Layer) -> Callable[..., None]:
        return lambda module, given: found.append(layer) if given[0] is x else None

    hooks = [layer.register_forward_pre_hook(watch(layer)) for layer in layers]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    return found
