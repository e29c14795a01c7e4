"""Along which dimension the units of a node lie, and what a network's last layer reads: followed through the graph."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from dlviz.layers.input import Input
from dlviz.network.block import Block
from dlviz.network.graph import Graph

#: Layers whose units are the last dimension of what they give, and those that change the two about.
_LAST = (
    "Linear", "Bilinear", "Embedding", "RNN", "LSTM", "GRU", "MultiheadAttention", "TransformerEncoderLayer",
    "TransformerDecoderLayer", "PositionalEncoding", "LayerNorm", "RMSNorm",
)  # fmt: skip
_FIRST = (
    "Conv",
    "BatchNorm",
    "InstanceNorm",
    "GroupNorm",
    "MaxPool",
    "AvgPool",
    "Adaptive",
    "Upsample",
    "PixelShuffle",
)
_SHAPING = ("Reshape", "Unflatten")
_TURNING = ("Permute", "Transpose")


def along(graph: Graph, role: str, entering: int = 1) -> dict[str, int]:
    """Path → 1 (channels come first) or -1 (features come last) for what each node gives, inner ones too.

    It matters only where a node gives more than a row of numbers; elsewhere both are the same."""
    found: dict[str, int] = {}
    for node in graph.ordered().nodes:
        path, kind = f"{role}.{node.name}", node.layer.kind()
        before = found.get(f"{role}.{node.inputs[0]}", entering) if node.inputs else entering
        if isinstance(node.layer, Block):
            inner = along(node.layer.graph, path, before)
            found |= inner
            ends = node.layer.graph.outputs()
            found[path] = inner.get(f"{path}.{ends[0].name}", before) if ends else before
        elif kind in _LAST:
            found[path] = -1
        elif kind.startswith(_FIRST) or (kind in _SHAPING and len(getattr(node.layer, "shape", ())) == 3):
            found[path] = 1  # numbers that are laid out as a picture
        else:
            found[path] = -before if kind in _TURNING else before
    return found


def last_layer(networks: Mapping[str, nn.Module], graphs: Mapping[str, Graph]) -> nn.Module | None:
    """The last module with weights of the network that predicts (the only one of its task), where another one with
    weights stands before it; else None."""
    if len(graphs) != 1:
        return None
    (role, graph), *_ = graphs.items()
    network = networks[role]
    ends = graph.outputs()
    waiting = [ends[0].name] if ends else []
    last = None
    while waiting:
        node = graph[waiting.pop(0)]
        if isinstance(node.layer, Input):
            continue
        module = network.get_submodule(node.name)
        if any(True for _ in module.parameters()):
            if last is not None:
                return last
            last, waiting = module, list(node.inputs)
        else:
            waiting += node.inputs
    return None
