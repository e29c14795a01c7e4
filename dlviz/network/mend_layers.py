"""Edits for a layer whose settings do not suit what comes in, and for one that is too large."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlviz.core.shape import Flags
from dlviz.layers.flatten import Flatten
from dlviz.network import edit
from dlviz.network.examination import Examination, Finding
from dlviz.network.graph import Graph
from dlviz.network.mend_merges import merged, resized
from dlviz.network.mend_wiring import removed, tidied
from dlviz.network.report import Shape

Edits = Iterator[tuple[str, Graph]]
Inputs = Mapping[str, Shape]


def layer(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    """A rule of the layer itself is broken: it knows settings that fit; a merge can have its branches matched."""
    name = finding.node
    node = graph[name]
    shapes = seen.nodes[name].inputs
    for title, fitted in node.layer.fitting(*shapes):
        yield title, edit.set_layer(graph, name, fitted)
    if any(isinstance(shape, Flags) for shape in shapes):
        rest = tuple(source for source, shape in zip(node.inputs, shapes, strict=True) if not isinstance(shape, Flags))
        yield "Read no mask", tidied(graph, edit.rewired(graph, name, rest))
    elif len(shapes) > 1:
        yield from merged(graph, name, shapes)
    else:
        shrinking = _last_shrinking(graph, seen, name)
        if shrinking:
            yield f"Remove `{shrinking}`", edit.remove(graph, shrinking)
    yield f"Remove `{name}`", removed(graph, name)


def size(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    """A layer too large to train."""
    name = finding.node
    node = graph[name]
    for setting, small in (("out_features", 64), ("out_channels", 16), ("output_size", 1), ("scale_factor", 2)):
        if setting in type(node.layer).model_fields and getattr(node.layer, setting) not in (None, "auto"):
            yield f"Set {setting} to {small}", edit.set_settings(graph, name, **{setting: small})
    source = graph[node.inputs[0]] if node.inputs else None
    if source is not None and isinstance(source.layer, Flatten):
        shape = seen.nodes[source.name].inputs[0]
        pool = resized(shape, (8,) * (len(shape) - 1))
        if pool is not None:
            yield f"Insert {pool.kind()} before `{source.name}`", edit.insert_before(graph, source.name, pool)
    yield "Set it back to its defaults", edit.set_layer(graph, name, type(node.layer)())
    yield f"Remove `{name}`", removed(graph, name)


def auto(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    """A size left to a task that leaves it free."""
    for setting, small in (("out_features", 64), ("out_channels", 16)):
        if setting in type(graph[finding.node].layer).model_fields:
            yield f"Set {setting} to {small}", edit.set_settings(graph, finding.node, **{setting: small})


def _last_shrinking(graph: Graph, seen: Examination, name: str) -> str:
    """The nearest layer before `name` that made the picture smaller without learning anything."""
    while graph[name].inputs:
        name = graph[name].inputs[0]
        if graph[name].layer.group == "pooling":
            return name
    return ""
