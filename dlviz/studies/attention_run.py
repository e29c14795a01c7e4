"""Attention run: one example through a network as a whole, with the names of all steps that look and are looked at."""

from __future__ import annotations

import torch

from dlviz.core.values import Audio, Image, Kind, Series, Tokens, Vector
from dlviz.datasets.data import Batch, Fields
from dlviz.explainers.attention_capture import attention_layers
from dlviz.explainers.attention_reading import NO_ATTENTION
from dlviz.explainers.attention_sides import Run, Side, Sided, steps_at
from dlviz.explainers.attention_steps import Steps
from dlviz.tasks.task import Networks, Task

_THINGS: dict[type[Kind], str] = {Tokens: "token", Image: "patch", Vector: "column", Series: "step", Audio: "moment"}


def why_not_looking(task: Task, networks: Networks, fields: Fields) -> str | None:
    """Why there are no looks to be seen, in a sentence; None: there are."""
    if len(networks) != 1:
        return f"It shows the attention of one network; {task.kind()} trains {len(networks)}."
    if not fields.inputs:
        return "It needs an example that goes into the network; this data has no input."
    other = next((kind for kind in fields.inputs.values() if not isinstance(kind, tuple(_THINGS))), None)
    if other is not None:
        return f"It needs texts, pictures, series, sounds or a table; this data has {other.kind()}."
    return None if attention_layers(networks) else NO_ATTENTION


def whole(task: Task, networks: Networks, fields: Fields) -> Run:
    """The only network as a function of an example's inputs: all that it says."""
    ((role, network),) = networks.items()
    names = list(task.roles(fields)[role].inputs)
    return lambda inputs: network(*(inputs[name] for name in names))


def thing(kind: Kind) -> str:
    """What a step of such an input is called."""
    return _THINGS.get(type(kind), "step")


def named(networks: Networks, run: Run, inputs: Batch, fields: Fields, layers: list[Sided]) -> dict[Side, Steps]:
    """What the steps of each sequence stand for; numbers where that cannot be told."""
    sides = dict.fromkeys(side for layer in layers for side in (layer.keys, layer.queries))
    return {
        side: steps_at(networks, run, inputs, fields, layers, side) or _numbered(inputs[side[0]], side[1])
        for side in sides
    }


def _numbered(x: torch.Tensor, count: int) -> Steps:
    names = tuple(str(number + 1) for number in range(count))
    return Steps(names, torch.full(x.shape[1:], -1), torch.ones(count, dtype=torch.bool), False)
