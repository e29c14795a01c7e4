"""Edits for problems of wiring: what reads what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dlviz.core.shape import content
from dlviz.layers.add import Add
from dlviz.layers.concat import Concat
from dlviz.layers.flatten import Flatten
from dlviz.layers.input import Input
from dlviz.layers.linear import Linear
from dlviz.network import edit
from dlviz.network.examination import Examination, Finding
from dlviz.network.graph import Graph, fresh_name
from dlviz.network.report import Shape

Edits = Iterator[tuple[str, Graph]]
Inputs = Mapping[str, Shape]


def empty(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    if output is not None and len(output) == 1:
        first = next(iter(inputs.values()), (1,))
        flat = () if len(first) == 1 else (Flatten(),)
        yield "Start with an Input and an output layer", Graph.chain(Input(), *flat, Linear(out_features="auto"))
    yield "Add an Input", Graph.chain(Input())


def twice(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    names: list[str] = []
    nodes = []
    for node in graph.nodes:
        names.append(fresh_name(node.name, names))
        nodes.append(replace(node, name=names[-1]))
    yield "Give each a name of its own", Graph(tuple(nodes))


def no_input(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    name = fresh_name("input", [node.name for node in graph.nodes])
    first = edit.append(Graph(), Input(), name).nodes
    nodes = (node if node.inputs else replace(node, inputs=(name,)) for node in graph.nodes)
    yield "Add an Input at the start", Graph((*first, *nodes))


def field(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    name = finding.node
    free = [known for known in inputs if known not in seen.fields.values()]
    for known in free:
        yield f"Take `{known}`", edit.set_settings(graph, name, field=known)
    others = [node.name for node in graph.nodes if isinstance(node.layer, Input) and node.name != name]
    for other in others[:2]:
        yield f"Use `{other}` instead", _replaced(graph, name, other)
    for known in list(inputs)[:2]:
        yield f"Take `{known}`", edit.set_settings(graph, name, field=known)


def circle(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    """Without one edge of the circle; those that lead back in the list come first."""
    place = {node.name: number for number, node in enumerate(graph.nodes)}
    way = (*finding.nodes, finding.nodes[0])
    edges = sorted(zip(way, way[1:], strict=False), key=lambda edge: place[edge[0]] < place[edge[1]])
    for source, name in edges:
        left = tuple(other for other in graph[name].inputs if other != source)
        yield f"Remove the edge from `{source}` to `{name}`", edit.rewired(graph, name, left)
        before = _before(graph, name)
        if before and not left:
            yield f"Let `{name}` read `{before}`", edit.rewired(graph, name, (before,))
    for name in finding.nodes:
        yield f"Remove `{name}`", pruned(graph, name)


def dangling(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    name = finding.node
    known = tuple(source for source in graph[name].inputs if source in graph)
    if known:
        yield "Remove that edge", edit.rewired(graph, name, known)
    else:
        entries = [node.name for node in graph.nodes if isinstance(node.layer, Input) and node.name != name]
        for source in dict.fromkeys([_before(graph, name), *entries]):
            if source:
                yield f"Read `{source}`", edit.rewired(graph, name, (source,))
        yield "Remove that edge", edit.rewired(graph, name, ())
    yield f"Remove `{name}`", removed(edit.rewired(graph, name, known), name)


def count(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    name = finding.node
    node = graph[name]
    least, most = node.layer.inputs
    if most == 0:
        yield "Remove the edges into it", edit.rewired(graph, name, ())
    elif most is not None and len(node.inputs) > most:
        shapes = {seen.nodes[source].shape for source in node.inputs}
        merges = [Add(), Concat()] if len(shapes) == 1 else [Concat(), Add()]
        numbers = all(shape is None or content(shape) == "numbers" for shape in shapes)
        for merge in merges if numbers else ():  # else the merge would be removed again, and so on for ever
            joined = edit.insert(graph, node.inputs[0], name, merge)
            new = next(other.name for other in joined.nodes if other.name not in graph)
            joined = edit.rewired(joined, new, node.inputs)
            yield f"Insert {merge.kind()} before it", edit.rewired(joined, name, (new,))
        if most > 1:
            kept = " and ".join(f"`{source}`" for source in node.inputs[:most])
            yield f"Read only {kept}", tidied(graph, edit.rewired(graph, name, node.inputs[:most]))
        for source in node.inputs:
            only = edit.rewired(graph, name, (source,))
            yield f"Read only `{source}`", only
            yield f"Read only `{source}` and remove what nothing reads then", tidied(graph, only)
    else:
        for source in _sources(graph, seen, name):
            yield (
                f"Read `{source}`" + (" too" if node.inputs else ""),
                edit.rewired(graph, name, (*node.inputs, source)),
            )
    if not any(isinstance(other.layer, Input) for other in graph.nodes):
        yield from no_input(graph, inputs, output, seen, finding)
    yield f"Remove `{name}`", removed(graph, name)


def unread(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    name, result = finding.node, seen.output
    yield f"Remove `{name}`", pruned(graph, name)
    shapes = [seen.nodes[name].shape, seen.nodes[result].shape]
    merge = Add() if shapes[0] == shapes[1] else Concat()
    end = graph[result]
    merged = edit.insert(graph, end.inputs[0], result, merge) if end.inputs else graph
    new = next((other.name for other in merged.nodes if other.name not in graph), None)
    if new is not None:
        yield f"{merge.kind()} it to what `{result}` reads", _read_too(merged, name, new)
    yield (
        f"{merge.kind()} it to `{result}`",
        edit.rewired(
            edit.branch(graph, result, merge, "end"),
            fresh_name("end", [node.name for node in graph.nodes]),
            (result, name),
        ),
    )
    later = [node.name for node in graph.nodes[_place(graph, name) + 1 :] if node.layer.inputs[1] != 0]
    for target in later[:3]:
        yield f"Let `{target}` read it", _read_too(graph, name, target)


def _read_too(graph: Graph, source: str, target: str) -> Graph:
    most = graph[target].layer.inputs[1]
    others = graph[target].inputs if most is None or most > 1 else ()
    return edit.rewired(graph, target, (*others, source))


def tidied(before: Graph, graph: Graph) -> Graph:
    """`graph` without the nodes that were read in `before` and no longer are."""
    for node in graph.nodes:
        if node.name in graph and before.readers(node.name) and not graph.readers(node.name):
            if not isinstance(node.layer, Input):
                graph = pruned(graph, node.name)
    return graph


def removed(graph: Graph, name: str) -> Graph:
    """Without the node; whatever read it reads what it read. Where nothing did and there are other ends, what led to it
    alone goes too."""
    return edit.remove(graph, name) if graph.readers(name) or len(graph.outputs()) == 1 else pruned(graph, name)


def pruned(graph: Graph, name: str) -> Graph:
    """Without the unread node `name` and whatever led to it alone; Inputs stay where they are the last."""
    nodes = tuple(node for node in graph.nodes if node.name != name)
    for source in graph[name].inputs:
        rest = Graph(nodes)
        if source in rest and not rest.readers(source):
            entries = [node for node in nodes if isinstance(node.layer, Input)]
            if not (isinstance(rest[source].layer, Input) and len(entries) == 1):
                nodes = pruned(rest, source).nodes
    return Graph(nodes)


def _replaced(graph: Graph, name: str, other: str) -> Graph:
    """Without the Input `name`; what read it reads `other`."""
    nodes = (node for node in graph.nodes if node.name != name)
    return Graph(
        tuple(
            replace(node, inputs=tuple(other if source == name else source for source in node.inputs)) for node in nodes
        )
    )


def _sources(graph: Graph, seen: Examination, name: str) -> list[str]:
    """Nodes that `name` could read: before it in the list, nearest first; those of its other inputs' shape lead."""
    shapes = {seen.nodes[source].shape for source in graph[name].inputs if source in seen.nodes}
    earlier = [node.name for node in graph.nodes[: _place(graph, name)] if node.name not in graph[name].inputs]
    return sorted(reversed(earlier), key=lambda other: seen.nodes[other].shape not in shapes)[:6]


def _before(graph: Graph, name: str) -> str:
    place = _place(graph, name)
    return graph.nodes[place - 1].name if place else ""


def _place(graph: Graph, name: str) -> int:
    return next(number for number, node in enumerate(graph.nodes) if node.name == name)
