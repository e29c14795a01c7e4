"""Edits for layers that cannot read a mask: padded steps set to 0 before them, or work within each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlviz.core.shape import Flags, Ids, Shape
from dlviz.layers.layer import Layer
from dlviz.layers.layer_norm import LayerNorm
from dlviz.layers.mask_steps import MaskSteps
from dlviz.layers.padding_mask import PaddingMask
from dlviz.layers.transpose import Transpose
from dlviz.network import edit
from dlviz.network.examination import Examination, Finding
from dlviz.network.graph import Graph
from dlviz.network.mend_wiring import removed
from dlviz.network.padding import mixed

Edits = Iterator[tuple[str, Graph]]
Inputs = Mapping[str, Shape]


def zero(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    """A layer that mixes padded steps: they are set to 0 before it."""
    name = finding.node
    node = graph[name]
    places = mixed(node.layer, [seen.flows[source] for source in node.inputs], seen.flows[name])
    for mask, masked in _masks(graph, seen):
        for source in dict.fromkeys(node.inputs[place] for place in places):
            masked = _cleared(masked, seen, source, name, mask)
        yield "Set padded steps to 0 before it", masked
    yield f"Remove `{name}`", removed(graph, name)


def counts(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    """A layer that weighs padded steps against real ones: it works within each step in place of that."""
    name = finding.node
    layer = graph[name].layer
    (source,) = graph[name].inputs
    if "dim" in type(layer).model_fields:
        for dim in range(1, len(seen.flows[source].shape) + 1):
            yield f"Set dim to {dim}", edit.set_settings(graph, name, dim=dim)
    if layer.group == "normalisation":
        padding = seen.flows[source].padding
        edited = edit.set_layer(graph, name, LayerNorm())
        if padding is not None and padding.axis:
            edited, _ = _through(edited, source, name, Transpose())
            edited = edit.add_after(edited, name, Transpose())
        yield "Normalise each step alone (LayerNorm)", edited
    yield f"Remove `{name}`", removed(graph, name)


def _masks(graph: Graph, seen: Examination) -> Iterator[tuple[str, Graph]]:
    """Padding masks that a layer may read: those that are there, then a new one of each sequence of token ids."""
    for node in graph.nodes:
        if isinstance(seen.nodes[node.name].shape, Flags):
            yield node.name, graph
    for node in graph.nodes:
        if isinstance(seen.nodes[node.name].shape, Ids):
            masked = edit.branch(graph, node.name, PaddingMask(), "mask")
            yield masked.nodes[-1].name, masked


def _cleared(graph: Graph, seen: Examination, source: str, target: str, mask: str) -> Graph:
    """A MaskSteps, which takes (steps × features), on the edge from `source` to `target`."""
    padding = seen.flows[source].padding
    turned = padding is not None and padding.axis > 0
    if turned and isinstance(graph[source].layer, Transpose):
        return _cleared(graph, seen, graph[source].inputs[0], source, mask)
    if turned:
        graph, source = _through(graph, source, target, Transpose())
    graph, cleared = _through(graph, source, target, MaskSteps())
    if turned:
        graph, _ = _through(graph, cleared, target, Transpose())
    return edit.rewired(graph, cleared, (source, mask))


def _through(graph: Graph, source: str, target: str, layer: Layer) -> tuple[Graph, str]:
    """`layer` on that edge, and the name it got."""
    edited = edit.insert(graph, source, target, layer)
    return edited, next(node.name for node in edited.nodes if node.name not in graph)
