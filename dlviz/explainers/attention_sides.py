"""Attention sides: which sequence asks and which is looked at, in each attention layer of one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from dlviz.core.values import Tokens
from dlviz.datasets.data import Batch, Fields
from dlviz.explainers.attention_capture import Attended, capturing
from dlviz.explainers.attention_steps import Steps, steps_of
from dlviz.tasks.task import Networks

#: A sequence inside the network: the input that it comes from, and how many steps it has.
Side = tuple[str, int]
#: Inputs of one example → what the network says of them.
Run = Callable[[Batch], Tensor]


@dataclass(frozen=True)
class Sided:
    """An attention layer's call, with the sequence that asks and the one that is looked at."""

    attended: Attended
    queries: Side
    keys: Side

    @property
    def crossing(self) -> bool:
        return self.queries != self.keys


def sided(networks: Networks, run: Run, inputs: Batch, fields: Fields) -> tuple[list[Sided], Tensor]:
    """All attention of one example's pass, in the order of its calls, and what the network said. Of several inputs, a
    sequence comes from the last on which it depends: what is written also depends on what was read, never the other way
    round. That is tried out, by changing one input after the other."""
    with capturing(networks) as found:
        said = run(inputs)
    names = list(fields.inputs)
    depends = (
        [(set(names), set(names)) for _ in found]
        if len(names) == 1
        else _dependence(networks, run, inputs, fields, found)
    )
    return [
        Sided(each, *(_side(steps, on, inputs, fields) for steps, on in zip(each.weights.shape[2:], pair, strict=True)))
        for each, pair in zip(found, depends, strict=True)
    ], said


def steps_at(
    networks: Networks, run: Run, inputs: Batch, fields: Fields, layers: Sequence[Sided], side: Side
) -> Steps | None:
    """How the steps of a sequence lie on the input that it comes from; None: it cannot be told."""
    name, count = side
    place = next(place for place, layer in enumerate(layers) if side in (layer.keys, layer.queries))
    looked_at = layers[place].keys == side

    def seen(changed: Tensor) -> Tensor:
        with capturing(networks) as found:
            run({**inputs, name: changed})
        each = found[place]
        return each.by_step(each.memory if looked_at else each.query)

    return steps_of(fields.inputs[name], inputs[name], count, seen)


def _side(count: int, on: set[str], inputs: Batch, fields: Fields) -> Side:
    """The sequence of `count` steps that depends on these inputs."""
    known = [name for name in fields.inputs if name in on] or list(fields.inputs)
    alike = [name for name in known if inputs[name].shape[-1] == count]
    return (alike or known)[-1], count


@torch.no_grad()
def _dependence(
    networks: Networks, run: Run, inputs: Batch, fields: Fields, found: Sequence[Attended]
) -> list[tuple[set[str], set[str]]]:
    """On which inputs the queries and the keys of each call depend."""
    depends: list[tuple[set[str], set[str]]] = [(set(), set()) for _ in found]
    for name, kind in fields.inputs.items():
        changed = {**inputs, name: _other(inputs[name], len(kind.vocabulary) if isinstance(kind, Tokens) else 0)}
        with capturing(networks) as again:
            run(changed)
        for on, one, other in zip(depends, found, again, strict=True):
            for into, before, after in ((on[0], one.query, other.query), (on[1], one.memory, other.memory)):
                if not torch.equal(before, after):
                    into.add(name)
    return depends


def _other(x: Tensor, vocabulary: int) -> Tensor:
    """Another input with the same padding."""
    if vocabulary:
        return torch.where(x == 0, 0, x % (vocabulary - 1) + 1)
    return x + torch.linspace(0.5, 1.5, x.numel(), dtype=x.dtype).view_as(x)
