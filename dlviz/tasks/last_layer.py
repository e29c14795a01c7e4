"""The last layer of a network, asked for some steps alone."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, fx, nn


def answers_at(network: nn.Module, ids: Tensor, steps: Tensor) -> Tensor:
    """`network(ids)[steps]` (M, classes) for ids (N, L) and steps (N, L) of truth values.

    Where the last layer is a Linear, which takes each step by itself, it is asked for those steps alone: with a large
    vocabulary it is most of the work.
    """
    last = _last_linear(network)
    if last is None:
        answers: Tensor = network(ids)[steps]
        return answers

    def only(module: nn.Module, inputs: tuple[Any, ...]) -> Tensor:
        (rows,) = inputs
        return torch.as_tensor(rows[steps])

    hook = last.register_forward_pre_hook(only)
    try:
        found: Tensor = network(ids)
        return found
    finally:
        hook.remove()


def _last_linear(network: nn.Module) -> nn.Linear | None:
    """The Linear that gives what the network gives, and nothing else."""
    if not isinstance(network, fx.GraphModule):
        return None
    said = next(iter(reversed(network.graph.nodes))).args[0]
    if not isinstance(said, fx.Node) or said.op != "call_module" or len(said.users) != 1:
        return None
    layer = network.get_submodule(str(said.target))
    return layer if type(layer) is nn.Linear else None
