"""Edits for sequences: token ids where numbers are wanted, padded steps that nobody masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlviz.core.shape import Flags, Ids, Shape
from dlviz.core.shape import content as held
from dlviz.layers.layer import Layer, wanted
from dlviz.network import edit
from dlviz.network.examination import Examination, Finding
from dlviz.network.graph import Graph
from dlviz.network.mend_wiring import removed, tidied

Edits = Iterator[tuple[str, Graph]]
Inputs = Mapping[str, Shape]


def content(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    """A layer that reads ids, numbers or a mask where it takes another of them."""
    name = finding.node
    node = graph[name]
    bridges = {("ids", "numbers"): "Embedding", ("ids", "mask"): "PaddingMask"}
    edited, titles = graph, []
    for place, (source, shape) in enumerate(zip(node.inputs, seen.nodes[name].inputs, strict=True)):
        bridge = Layer.kinds().get(bridges.get((held(shape), wanted(node.layer, place)), ""))
        if bridge is not None:
            edited = edit.insert(edited, source, name, bridge.clicked())
            titles.append(bridge.kind())
    for place, source in enumerate(node.inputs):
        embedding = Layer.kinds().get("Embedding")
        if held(seen.nodes[name].inputs[place]) == "mask" and embedding is not None and graph[source].inputs:
            ids = graph[source].inputs[0]
            embedded = edit.branch(graph, ids, embedding.clicked())
            rest = (*node.inputs[:place], embedded.nodes[-1].name, *node.inputs[place + 1 :])
            edited_too = edit.rewired(embedded, name, rest)
            yield f"Read an Embedding of `{ids}` there", tidied(graph, edited_too)
    if titles:
        yield f"Insert {' and '.join(titles)}", edited
    masks = [other.name for other in graph.nodes if isinstance(seen.nodes[other.name].shape, Flags)]
    for place, shape in enumerate(seen.nodes[name].inputs):
        if wanted(node.layer, place) == "mask" and held(shape) != "mask":
            for known in masks:
                with_mask = (*node.inputs[:place], known, *node.inputs[place + 1 :])
                yield f"Read `{known}` as its mask", edit.rewired(graph, name, with_mask)
    right = tuple(
        source
        for place, source in enumerate(node.inputs)
        if wanted(node.layer, place) in ("any", held(seen.nodes[name].inputs[place]))
    )
    if right and len(right) >= node.layer.inputs[0]:
        only = edit.rewired(graph, name, right)
        for edited in (only, tidied(graph, only)):
            yield f"Read only {' and '.join(f'`{source}`' for source in right)}", edited
    yield f"Remove `{name}`", removed(graph, name)


def mask(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    """A layer that mixes padded steps, and no mask to tell them."""
    name = finding.node
    node = graph[name]
    title = "Connect a padding mask"
    for other in graph.nodes:
        if isinstance(seen.nodes[other.name].shape, Flags) and other.name != name:
            yield title, edit.rewired(graph, name, (*node.inputs, other.name))
    maker = Layer.kinds().get("PaddingMask")
    ids = [other.name for other in graph.nodes if isinstance(seen.nodes[other.name].shape, Ids)]
    if maker is not None:
        for source in ids:
            masked = edit.branch(graph, source, maker.clicked(), "mask")
            yield title, edit.rewired(masked, name, (*node.inputs, masked.nodes[-1].name))
