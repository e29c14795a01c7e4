"""Look: send one example forwards and its loss backwards, and keep what passes at every node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor, nn

from dlviz.core.values import Array
from dlviz.datasets.data import Batch, Fields
from dlviz.network.graph import Graph
from dlviz.network.places import entries, listening, places
from dlviz.tasks.task import Networks, Role, Task

#: More numbers of one node than this are not kept: no picture could show them.
MOST = 4_000_000


@dataclass
class Seen:
    """What passed at one node, without the batch.

    `output` is what it gave; `gradient`, in the same shape, is how much the loss would change with each number of it;
    `attention` (heads, queries, keys) where it attends. `weight_gradient` is the root mean square of the loss's
    gradient over its own weights, `weight` that of the weights; None where it has none."""

    output: Array | None = None
    gradient: Array | None = None
    attention: Array | None = None
    weight: float | None = None
    weight_gradient: float | None = None


@dataclass
class Look:
    """One example's way: nodes by path (`model.conv1`), and the loss by role."""

    nodes: dict[str, Seen] = field(default_factory=dict)
    losses: dict[str, float] = field(default_factory=dict)


def look(
    task: Task, networks: Networks, graphs: Mapping[str, Graph], roles: Mapping[str, Role], batch: Batch, fields: Fields
) -> Look:
    """What one example (a batch of one) does to the networks that `graphs` draw.

    The networks are in evaluation mode, as when they predict: no dropout, and batch normalisation by its running
    figures. The gradients are those of the task's own losses; a role's weights get theirs from its own loss only.
    """
    found = Look()
    entering = {role: entries(graphs[role], roles[role].inputs, roles[role].output) for role in networks}
    with _evaluating(networks), listening(networks, graphs, entering) as heard:
        for loss in task.losses(networks, batch, fields):
            found.losses.setdefault(loss.role, float(loss.value.detach()))
            if loss.value.requires_grad:
                loss.value.backward(retain_graph=True)
                _note_weights(found, loss.role, networks[loss.role], graphs[loss.role])
            for network in networks.values():
                network.zero_grad(set_to_none=True)
    for path, tensor in heard.outputs.items():
        seen = found.nodes.setdefault(path, Seen())
        seen.output = _kept(tensor)
        seen.gradient = _kept(tensor.grad) if tensor.grad is not None else None
    for path, weights in heard.attention.items():
        found.nodes.setdefault(path, Seen()).attention = _kept(weights)
    return found


@contextmanager
def _evaluating(networks: Networks) -> Iterator[None]:
    """While it lasts, the networks are in evaluation mode."""
    modes = {role: network.training for role, network in networks.items()}
    for network in networks.values():
        network.eval()
    try:
        yield
    finally:
        for role, network in networks.items():
            network.train(modes[role])


def _note_weights(found: Look, role: str, network: nn.Module, graph: Graph) -> None:
    """How large a role's weights and the loss's gradients over them are, node by node."""
    for path, module, inner in places(graph, role, network):
        own = [weight for weight in module.parameters() if weight.numel()]
        if inner is not None or not own:
            continue
        seen = found.nodes.setdefault(path, Seen())
        seen.weight = _rms([weight.detach() for weight in own])
        grads = [weight.grad for weight in own if weight.grad is not None]
        seen.weight_gradient = _rms(grads) if grads else None


def _rms(tensors: list[Tensor]) -> float:
    """The root mean square over all numbers."""
    total = sum(float(tensor.double().square().sum()) for tensor in tensors)
    return float((total / sum(tensor.numel() for tensor in tensors)) ** 0.5)


def _kept(tensor: Tensor) -> Array | None:
    """The one example of a batch, as numbers; None where there are too many."""
    example = tensor.detach()[0]
    if example.numel() > MOST:
        return None
    return np.asarray((example.float() if example.is_floating_point() else example).cpu().numpy())
