"""Places: which module of a network stands at which node, and what passes there while it computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, fx, nn
from torch.utils.hooks import RemovableHandle

from dlviz.core.shape import Shape
from dlviz.layers.input import Input
from dlviz.layers.multihead_attention import Attention, keeping_weights
from dlviz.network.block import Block
from dlviz.network.examine import examine
from dlviz.network.graph import Graph
from dlviz.network.repeated import Repeated


@dataclass
class Heard:
    """What passed at nodes by path, with the batch: what each gave when it was first called, and, where it attends,
    its weights (N, heads, queries, keys)."""

    outputs: dict[str, Tensor] = field(default_factory=dict)
    attention: dict[str, Tensor] = field(default_factory=dict)


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


def entries(graph: Graph, inputs: Mapping[str, Shape], output: Shape | None) -> list[str]:
    """The Input nodes in the order of the network's arguments; an argument that none takes is named by its field."""
    fields = {field: name for name, field in examine(graph, inputs, output).fields.items()}
    return [fields.get(field, field) for field in inputs]


def attending(module: nn.Module) -> list[Attention]:
    """The attention in a layer's module, which keeps its weights when asked to."""
    inside = isinstance(module, fx.GraphModule | Repeated)  # then its nodes have places of their own
    return [] if inside else [part for part in module.modules() if isinstance(part, Attention)]


@contextmanager
def listening(
    networks: Mapping[str, nn.Module], graphs: Mapping[str, Graph], entering: Mapping[str, Sequence[str]],
    attention: bool = True,
) -> Iterator[Heard]:  # fmt: skip
    """While it lasts, the first call of every node leaves its result in what is given, and results that need a
    gradient keep theirs. `entering`: what `entries` says of each role. Hooks are taken away afterwards."""
    heard = Heard()

    def keep(path: str, tensor: object) -> None:
        if isinstance(tensor, Tensor) and path not in heard.outputs:
            heard.outputs[path] = tensor
            if tensor.requires_grad:
                tensor.retain_grad()

    def result(path: str, attends: list[Attention]) -> Any:
        def hook(module: nn.Module, arguments: tuple[Any, ...], output: Any) -> None:
            keep(path, output)
            for each in attends:
                if isinstance(each.weights, Tensor):
                    heard.attention.setdefault(path, each.weights)

        return hook

    def entered(paths: list[str]) -> Any:
        def hook(module: nn.Module, arguments: tuple[Any, ...]) -> None:
            for path, tensor in zip(paths, arguments, strict=False):
                keep(path, tensor)

        return hook

    with ExitStack() as until_then:

        def hooked(handle: RemovableHandle) -> None:
            until_then.callback(handle.remove)

        for role, network in networks.items():
            hooked(network.register_forward_pre_hook(entered([f"{role}.{name}" for name in entering[role]])))
            for path, module, inner in places(graphs[role], role, network):
                if inner is not None:
                    ports = [node.name for node in inner.nodes if isinstance(node.layer, Input)]
                    hooked(module.register_forward_pre_hook(entered([f"{path}.{name}" for name in ports])))
                    continue
                attends = attending(module) if attention else []
                until_then.enter_context(keeping_weights(attends))
                hooked(module.register_forward_hook(result(path, attends)))
        yield heard
