"""The network as a document: a list of nodes, each with its layer and the nodes it takes its inputs from."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import networkx
from torch import fx, nn

from dlviz.core.problems import Problems, nearest
from dlviz.core.shape import Shape
from dlviz.layers.layer import Layer

_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)


@dataclass(frozen=True)
class Node:
    """One layer in its place. `inputs` name other nodes; `at` is where it is drawn."""

    name: str
    layer: Layer
    inputs: tuple[str, ...] = ()
    at: tuple[float, float] | None = None

    def document(self, brief: bool = False) -> dict[str, Any]:
        """Flat: `{name, kind, settings…, inputs}`."""
        at = {"at": list(self.at)} if self.at is not None else {}
        return {"name": self.name, **self.layer.document(brief), "inputs": list(self.inputs), **at}


@dataclass(frozen=True)
class Graph:
    """A network: nodes in an order in which each comes after its inputs once `parse` has accepted it."""

    nodes: tuple[Node, ...] = ()

    def __iter__(self) -> Any:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def __contains__(self, name: object) -> bool:
        return any(node.name == name for node in self.nodes)

    def __getitem__(self, name: str) -> Node:
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    def document(self, brief: bool = False) -> list[dict[str, Any]]:
        return [node.document(brief) for node in self.nodes]

    def readers(self, name: str) -> tuple[Node, ...]:
        """The nodes that take `name` as an input."""
        return tuple(node for node in self.nodes if name in node.inputs)

    def outputs(self) -> tuple[Node, ...]:
        """The nodes that no other node reads."""
        read = {name for node in self.nodes for name in node.inputs}
        return tuple(node for node in self.nodes if node.name not in read)

    def sized(self, output: Shape) -> Graph:
        """This graph with every `auto` size set to what the task asks for, a result of shape `output`."""
        layers = [node.layer.sized(output) for node in self.nodes]
        if all(layer is node.layer for layer, node in zip(layers, self.nodes, strict=True)):
            return self  # the very same graph is found fastest in what is remembered
        pairs = zip(self.nodes, layers, strict=True)
        return Graph(tuple(node if layer is node.layer else replace(node, layer=layer) for node, layer in pairs))

    def ordered(self) -> Graph:
        """The same nodes, each after its inputs, otherwise in the order they have. A circle raises `WrongInput`."""
        problems = Problems()
        check_edges({node.name: node.inputs for node in self.nodes}, "", problems)
        problems.raise_if_any()
        return Graph(tuple(ordered(list(self.nodes))))

    @classmethod
    def chain(cls, *layers: Layer) -> Graph:
        """Layers one after the other, named after their kinds: conv2d, relu, conv2d_2 …"""
        nodes: list[Node] = []
        for layer in layers:
            name = fresh_name(layer.kind().lower(), [node.name for node in nodes])
            nodes.append(Node(name, layer, (nodes[-1].name,) if nodes else ()))
        return cls(tuple(nodes))

    @classmethod
    def parse(cls, document: object, place: str, problems: Problems) -> Graph | None:
        """A graph from `[{name, kind, settings…, inputs}, …]`. Left-out inputs: the node before; a left-out name:
        the kind in small letters. Every problem is added under `<place>.<node>`; None where there is any."""
        if isinstance(document, Graph):
            return document
        from dlviz.network.parse import Reading  # which knows blocks, and blocks hold graphs

        return Reading(place, problems).graph(document)


def fresh_name(wanted: str, taken: Sequence[str]) -> str:
    """`wanted`, or `wanted_2`, `wanted_3` … where that is taken."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name


def is_name(text: object) -> bool:
    """Whether `text` can name a node: it also names a line of code and an attribute of the module."""
    return bool(
        isinstance(text, str)
        and _NAME.fullmatch(text)
        and not keyword.iskeyword(text)
        and len(text) <= 64
        and text not in _taken_names()
    )


@cache
def _taken_names() -> frozenset[str]:
    """What a module of torch calls its own things: a node `forward` would replace the forward pass."""
    return frozenset([*dir(fx.GraphModule(nn.Module(), fx.Graph())), "self", "torch", "nn", "fx"])


def check_edges(edges: Mapping[str, Sequence[str]], place: str, problems: Problems) -> None:
    """Add a problem for each edge from nowhere and for each circle."""
    for name, sources in edges.items():
        for source in sources:
            if source not in edges:
                problems.add(f"{place}.{name}.inputs", f"there is no node `{source}`. {nearest(source, edges)}".strip())
    for number, circle in enumerate(networkx.simple_cycles(_digraph(edges))):
        first = circle.index(min(circle, key=list(edges).index))  # where a reader of the document meets it
        circle = circle[first:] + circle[:first]
        way = " → ".join([*circle, circle[0]])
        problems.add(
            f"{place}.{circle[0]}.inputs", f"the layers form a circle: {way}. Data must flow one way; remove one edge."
        )
        if number >= 4:  # a dense graph can hold more circles than anyone would read
            break


def _digraph(edges: Mapping[str, Sequence[str]]) -> networkx.DiGraph[str]:
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_nodes_from(edges)
    graph.add_edges_from((source, name) for name, sources in edges.items() for source in sources)
    return graph


def ordered(nodes: list[Node]) -> list[Node]:
    """Each node after its inputs; otherwise in the order given."""
    place = {node.name: number for number, node in enumerate(nodes)}
    order = networkx.lexicographical_topological_sort(
        _digraph({node.name: node.inputs for node in nodes}), key=place.__getitem__
    )
    by_name = {node.name: node for node in nodes}
    return [by_name[name] for name in order]
