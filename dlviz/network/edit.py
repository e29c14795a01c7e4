"""Edits of a graph, as the pages and the remedies make them: pure functions, each gives a new graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.layers.layer import Layer
from dlviz.network.graph import Graph, Node, fresh_name, is_name


def append(graph: Graph, layer: Layer, name: str = "") -> Graph:
    """`layer` at the end, reading the last node (an Input reads none)."""
    return add_after(graph, graph.nodes[-1].name if graph.nodes else "", layer, name)


def add_after(graph: Graph, after: str, layer: Layer, name: str = "") -> Graph:
    """`layer` right after the node `after`; whatever read that node reads the new one."""
    new = _new(graph, layer, (after,) if after and layer.inputs[1] != 0 else (), name)
    if not new.inputs:
        return Graph((*graph.nodes, new))
    nodes: list[Node] = []
    for node in graph.nodes:
        nodes.append(replace(node, inputs=_swapped(node.inputs, after, new.name)))
        if node.name == after:
            nodes.append(new)
    return Graph(tuple(nodes))


def insert(graph: Graph, source: str, target: str, layer: Layer, name: str = "") -> Graph:
    """`layer` on the edge from `source` to `target`; other readers of `source` stay as they are."""
    new = _new(graph, layer, (source,), name)
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.name == target:
            nodes += [new, replace(node, inputs=_swapped(node.inputs, source, new.name))]
        else:
            nodes.append(node)
    return Graph(tuple(nodes))


def insert_before(graph: Graph, target: str, layer: Layer) -> Graph:
    """`layer` on the only edge that leads into `target`."""
    return insert(graph, graph[target].inputs[0], target, layer)


def branch(graph: Graph, source: str, layer: Layer, name: str = "") -> Graph:
    """`layer` as a further reader of `source`, at the end of the list; nothing reads it yet."""
    return Graph((*graph.nodes, _new(graph, layer, (source,) if source else (), name)))


def remove(graph: Graph, name: str) -> Graph:
    """Without the node `name`; whatever read it reads what it read (its first input, or all where the reader takes
    several)."""
    gone = graph[name]
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.name == name:
            continue
        inputs: list[str] = []
        for source in node.inputs:
            inputs += [source] if source != name else list(gone.inputs if _takes_many(node) else gone.inputs[:1])
        nodes.append(replace(node, inputs=tuple(inputs)))
    return Graph(tuple(nodes))


def set_layer(graph: Graph, name: str, layer: Layer) -> Graph:
    """The node `name` with another layer: other settings, or another kind."""
    return changed(graph, name, layer=layer)


def set_settings(graph: Graph, name: str, **settings: Any) -> Graph:
    """The node `name` with some settings replaced; they are checked."""
    return set_layer(graph, name, graph[name].layer.changed(**settings))


def rename(graph: Graph, name: str, new: str) -> Graph:
    """The node `name` called `new` everywhere."""
    if name not in graph:
        raise KeyError(name)
    if new != name and new in graph:
        raise WrongInput(f"Each layer needs a name of its own. There is a `{new}` already.")
    if not is_name(new):
        raise WrongInput(
            "A name is letters, digits and _, starts with a letter, and is no word that Python or torch uses itself. "
            f"Received: {new!r}."
        )
    return Graph(
        tuple(
            replace(node, name=new if node.name == name else node.name, inputs=_swapped(node.inputs, name, new))
            for node in graph.nodes
        )
    )


def set_inputs(graph: Graph, name: str, inputs: Sequence[str]) -> Graph:
    """The node `name` reading these nodes, in this order. The list is put in order; a circle raises."""
    return changed(graph, name, inputs=tuple(inputs)).ordered()


def rewired(graph: Graph, name: str, inputs: Sequence[str]) -> Graph:
    """As `set_inputs`, but a graph that cannot be put in order, for other edges of it, is left as it is."""
    edited = changed(graph, name, inputs=tuple(inputs))
    try:
        return edited.ordered()
    except WrongInput:
        return edited


def connect(graph: Graph, source: str, target: str) -> Graph:
    """`target` reads `source` too; where it takes one input only, it reads `source` instead."""
    node = graph[target]
    if source not in graph:
        raise KeyError(source)
    if source in node.inputs:
        return graph
    return set_inputs(graph, target, (*node.inputs, source) if _takes_many(node) else (source,))


def disconnect(graph: Graph, source: str, target: str) -> Graph:
    """`target` no longer reads `source`."""
    return set_inputs(graph, target, tuple(name for name in graph[target].inputs if name != source))


def move_up(graph: Graph, name: str) -> Graph:
    """The node `name` before the node it reads; unchanged where that is an Input or there is none."""
    node = graph[name]
    before = graph[node.inputs[0]] if node.inputs else None
    if before is None or not before.inputs:
        return graph
    return insert(remove(graph, name), before.inputs[0], before.name, node.layer, name)


def move_down(graph: Graph, name: str) -> Graph:
    """The node `name` after the first node that reads it; unchanged where none does."""
    readers = graph.readers(name)
    node = graph[name]
    if not readers or not node.inputs:
        return graph
    return add_after(remove(graph, name), readers[0].name, node.layer, name)


def _new(graph: Graph, layer: Layer, inputs: tuple[str, ...], name: str) -> Node:
    """A node with a name that is free."""
    return Node(fresh_name(name or layer.kind().lower(), [node.name for node in graph.nodes]), layer, inputs)


def changed(graph: Graph, name: str, **changes: Any) -> Graph:
    """The node `name` with its layer, inputs or place replaced, unchecked."""
    if name not in graph:
        raise KeyError(name)
    return Graph(tuple(replace(node, **changes) if node.name == name else node for node in graph.nodes))


def _swapped(inputs: Sequence[str], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if source == old else source for source in inputs)


def _takes_many(node: Node) -> bool:
    return node.layer.inputs[1] is None or node.layer.inputs[1] > 1
