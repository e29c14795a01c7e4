"""Inner layers: which layers run in a network, what they give, and which gives what the last weights read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput, nearest
from dlviz.explainers.batches import batches
from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.passing import passing
from dlviz.explainers.scored import field_of, scorer
from dlviz.studies.saying import at_once

#: Called with inputs (N, *shape), it sends them through the network.
Pass = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class InnerLayers:
    """The layers of a network by name, in the order in which they end, with the shape of what each gives for one
    example. `last`: the last one with weights of its own; `before`: the one whose result it reads, where that is one;
    `weighted`: all with weights of their own."""

    network: nn.Module
    shapes: dict[str, tuple[int, ...]]
    weighted: tuple[str, ...]
    before: str | None
    ran: tuple[str, ...]

    def above(self, name: str) -> list[str]:
        """Those with weights of their own that run after the layer called `name`."""
        after = set(self.ran[self.ran.index(name) + 1 :])
        return [one for one in self.weighted if one in after]

    @property
    def last(self) -> str | None:
        return self.weighted[-1] if self.weighted else None

    def layer(self, name: str) -> nn.Module:
        """The layer called `name`. Raises `WrongInput` where none that gives numbers is called so."""
        if name not in self.shapes:
            raise WrongInput(
                f"There is no layer `{name}` whose result can be read. {nearest(name, self.shapes)}".strip()
            )
        return self.network.get_submodule(name)

    @classmethod
    def of(cls, question: Question) -> InnerLayers:
        """Found by sending the question's example through."""
        (network,) = question.networks.values()
        name, _ = field_of(question)
        shapes: dict[str, tuple[int, ...]] = {}
        weighted: list[str] = []
        ran: list[str] = []
        made: list[tuple[str, Tensor]] = []
        read: dict[str, Tensor] = {}

        def watch(path: str) -> Callable[..., None]:
            def note(module: nn.Module, inputs: tuple[Any, ...], output: object) -> None:
                ran.append(path)
                if isinstance(output, Tensor) and output.is_floating_point() and output.dim() > 1:
                    shapes[path] = tuple(output.shape[1:])
                    made.append((path, output))
                if _own_weights(module) and inputs and isinstance(inputs[0], Tensor):
                    weighted.append(path)
                    read[path] = inputs[0]

            return note

        hooks = [module.register_forward_hook(watch(path)) for path, module in network.named_modules() if path]
        try:
            with torch.no_grad():
                scorer(question)(question.inputs[name])
        finally:
            for hook in hooks:
                hook.remove()
        entering = read[weighted[-1]] if weighted else None
        before = [path for path, output in made if output is entering]
        return cls(network, shapes, tuple(weighted), before[-1] if before else None, tuple(ran))


@torch.no_grad()
def layer_outputs(layer: nn.Module, score: Pass, inputs: Tensor, step: Step, done: float = 0, of: float = 0) -> Tensor:
    """What `layer` gives for inputs (N, *shape): (N, …). `done` of `of` inputs were sent through before."""
    found = []
    for part in batches(len(inputs), at_once(inputs[0])):
        found.append(passing(layer, score, inputs[part]))
        step(done + part.stop, of or len(inputs))
    return torch.cat(found)


@torch.no_grad()
def entering(layer: nn.Module, score: Pass, inputs: Tensor, step: Step, done: float = 0, of: float = 0) -> Tensor:
    """What goes into `layer` for inputs (N, *shape): (N, …)."""
    found: list[Tensor] = []
    hook = layer.register_forward_pre_hook(lambda module, given: found.append(given[0].detach()))
    try:
        for part in batches(len(inputs), at_once(inputs[0])):
            score(inputs[part])
            step(done + part.stop, of or len(inputs))
    finally:
        hook.remove()
    return torch.cat(found)


def _own_weights(module: nn.Module) -> bool:
    """Whether it multiplies by weights of its own: a scale and shift alone, as of a normalisation, are none."""
    return any(weight.dim() > 1 for weight in module.parameters(recurse=False))
