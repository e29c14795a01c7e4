"""Look: send one example forwards and its loss backwards, and keep what passes at every node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor, fx, nn

from dlviz.core.values import Array
from dlviz.datasets.data import Batch, Fields
from dlviz.layers.input import Input
from dlviz.network.block import Block
from dlviz.network.examine import examine
from dlviz.network.graph import Graph
from dlviz.network.repeated import Repeated
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
    outputs: dict[str, Tensor] = {}
    with _listening(networks, graphs, roles, outputs, found):
        for loss in task.losses(networks, batch, fields):
            found.losses.setdefault(loss.role, float(loss.value.detach()))
            if loss.value.requires_grad:
                loss.value.backward(retain_graph=True)
                _note_weights(found, loss.role, networks[loss.role], graphs[loss.role])
            for network in networks.values():
                network.zero_grad(set_to_none=True)
    for path, tensor in outputs.items():
        seen = found.nodes.setdefault(path, Seen())
        seen.output = _kept(tensor)
        seen.gradient = _kept(tensor.grad) if tensor.grad is not None else None
    return found


def places(graph: Graph, role: str, network: nn.Module) -> Iterator[tuple[str, nn.Module, Graph | None]]:
    """(path, module, the block's inner graph or None) of every node that has a module, inner ones too. Of a block
    that stands several times in a row, the first copy is meant."""
    for node in graph.nodes:
        if isinstance(node.layer, Input):
            continue
        path = f"{role}.{node.name}"
        module = network.get_submodule(node.name)
        if isinstance(node.layer, Block):
            inner = node.layer.graph
            first = module if node.layer.repeat == 1 else module.get_submodule("0")
            yield path, module, None
            yield path, first, inner
            yield from places(inner, path, first)
        else:
            yield path, module, None


@contextmanager
def _listening(
    networks: Networks,
    graphs: Mapping[str, Graph],
    roles: Mapping[str, Role],
    outputs: dict[str, Tensor],
    found: Look,
) -> Iterator[None]:
    """While it lasts, the first call of every node leaves its result in `outputs`. Hooks and modes are restored."""
    handles: list[Any] = []
    modes = {role: network.training for role, network in networks.items()}
    asked: list[tuple[Any, bool]] = []

    def keep(path: str, tensor: object) -> None:
        if isinstance(tensor, Tensor) and path not in outputs:
            outputs[path] = tensor
            if tensor.requires_grad:
                tensor.retain_grad()

    def result(path: str) -> Any:
        def hook(module: nn.Module, arguments: tuple[Any, ...], output: Any) -> None:
            keep(path, output)
            for attending in _attending(module):
                if isinstance(attending.weights, Tensor) and path not in found.nodes:
                    found.nodes[path] = Seen(attention=_kept(attending.weights))

        return hook

    def entries(paths: list[str]) -> Any:
        def hook(module: nn.Module, arguments: tuple[Any, ...]) -> None:
            for path, tensor in zip(paths, arguments, strict=False):
                keep(path, tensor)

        return hook

    try:
        for role, network in networks.items():
            network.eval()
            named = _entries(graphs[role], roles[role])
            handles.append(network.register_forward_pre_hook(entries([f"{role}.{name}" for name in named])))
            for path, module, inner in places(graphs[role], role, network):
                if inner is not None:
                    ports = [node.name for node in inner.nodes if isinstance(node.layer, Input)]
                    handles.append(module.register_forward_pre_hook(entries([f"{path}.{name}" for name in ports])))
                    continue
                for attending in _attending(module):
                    asked.append((attending, attending.need_weights))
                    attending.need_weights = True
                handles.append(module.register_forward_hook(result(path)))
        yield
    finally:
        for handle in handles:
            handle.remove()
        for module, before in asked:
            module.need_weights, module.weights = before, None
        for role, network in networks.items():
            network.train(modes[role])


def _attending(module: nn.Module) -> list[Any]:
    """The attention in a layer's module, which keeps its weights when asked to."""
    return (
        []
        if isinstance(module, fx.GraphModule | Repeated)
        else [part for part in module.modules() if isinstance(getattr(part, "need_weights", None), bool)]
    )


def _entries(graph: Graph, role: Role) -> list[str]:
    """The Input nodes in the order of the network's arguments; an argument that none takes is named by its field."""
    fields = {field: name for name, field in examine(graph, role.inputs, role.output).fields.items()}
    return [fields.get(field, field) for field in role.inputs]


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
