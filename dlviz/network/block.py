"""Blocks: several layers under one name, drawn, repeated and built as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from pydantic import Field, InstanceOf
from torch import nn

from dlviz.core.shape import Shape
from dlviz.layers.input import Input
from dlviz.layers.layer import Group, Layer, Takes, wanted
from dlviz.network.graph import Graph, Node

#: How many copies a block may stand for, how deep blocks may lie in blocks, how many layers a network may unfold to.
MOST_REPEATS, MOST_DEPTH, MOST_LAYERS = 64, 8, 8192


class Block(Layer, abstract=True):
    """Several layers that stand as one node. Its inner Inputs are its ports, in order; the one inner node that no
    other reads is its result.

    `values` are the settings lifted out of it; `lifted` says which inner settings take them: (inner node, setting,
    name). Of an inner block the setting is `repeat` or `settings.<name>`. `graph` holds the values already.
    """

    group: ClassVar[Group] = "block"

    title: str = "Block"
    repeat: Annotated[int, Field(ge=1, le=MOST_REPEATS)] = 1
    open: bool = False
    values: tuple[tuple[str, Any], ...] = ()
    graph: InstanceOf[Graph]
    lifted: tuple[tuple[str, str, str], ...] = ()

    def called(self) -> str:
        return self.title

    def ports(self) -> tuple[Node, ...]:
        """Its inner Inputs, in order."""
        return tuple(node for node in self.graph.nodes if isinstance(node.layer, Input))

    def wired(self, number: int) -> Graph:
        """The inner graph where that many inputs are connected: the masks of the other ports are not read."""
        return _without(self.graph, tuple(port.name for port in self.ports()[number:]))

    def document(self, brief: bool = False) -> dict[str, Any]:
        """As it is written in a spec; settings that are lifted out stand as `$name`."""
        nodes = self.graph.document(brief)
        entries = {entry["name"]: entry for entry in nodes}
        for name, setting, value in self.lifted:
            _place(entries[name], setting)[setting.split(".")[-1]] = f"${value}"
        document = {"kind": "Block", "title": self.title, "repeat": self.repeat, "open": self.open}
        if brief:
            defaults = {"title": "Block", "repeat": 1, "open": False}
            document = {key: value for key, value in document.items() if key not in defaults or value != defaults[key]}
        settings = {name: _thawed(value) for name, value in self.values}
        return {**document, **({"settings": settings} if settings or not brief else {}), "nodes": nodes}

    # What other layers declare, a block has from the layers inside.

    @property
    def inputs(self) -> tuple[int, int | None]:  # type: ignore[override]
        """As many as it has ports; the last ones may be left out where they take masks that no reader needs."""
        ports = self.ports()
        least = len(ports)
        while least and self._may_lack(ports[least - 1]):
            least -= 1
        return least, len(ports)

    @property
    def dimensions(self) -> tuple[int, ...]:  # type: ignore[override]
        """What the layers right behind the ports take, where these agree."""
        found = {dims for port, dims in ((port, self._dimensions(port)) for port in self.ports()) if dims is not None}
        return found.pop() if len(found) == 1 else ()

    @property
    def takes(self) -> tuple[Takes, ...]:  # type: ignore[override]
        return tuple(self._takes(port) for port in self.ports()) or ("any",)

    @property
    def least_batch(self) -> int:  # type: ignore[override]
        return max((node.layer.least_batch for node in self.graph.nodes), default=1)

    def _reading(self, port: Node) -> Iterator[tuple[Layer, int]]:
        for node in self.graph.nodes:
            for place, source in enumerate(node.inputs):
                if source == port.name:
                    yield node.layer, place

    def _may_lack(self, port: Node) -> bool:
        reading = [node for node in self.graph.nodes if port.name in node.inputs]
        return self._takes(port) == "mask" and all(node.layer.inputs[0] < len(node.inputs) for node in reading)

    def _takes(self, port: Node) -> Takes:
        wants = {wanted(layer, place) for layer, place in self._reading(port)} - {"any"}
        return wants.pop() if len(wants) == 1 else "any"

    def _dimensions(self, port: Node) -> tuple[int, ...] | None:
        """None for a port of masks, which has no say; () where the readers disagree."""
        if self._takes(port) == "mask":
            return None
        read, todo = set[tuple[int, ...]](), [port]
        while todo:  # what keeps any form asks for what its readers ask for
            for layer, node in [(node.layer, node) for node in self.graph.readers(todo.pop().name)]:
                if layer.dimensions:
                    read.add(layer.dimensions)
                elif layer.group in ("normalisation", "activation", "dropout"):
                    todo.append(node)
        common = set.intersection(*map(set, read)) if read else set()
        return tuple(sorted(common))

    def sized(self, output: Shape) -> Layer:
        graph = self.graph.sized(output)
        return self if graph is self.graph else self.model_copy(update={"graph": graph})

    def build(self, *shapes: Shape) -> nn.Module:
        from dlviz.network.build import build_block

        return build_block(self, shapes)

    def setting(self, **values: Any) -> Block:
        """This block with other values for its lifted settings; they are checked where they are used."""
        unknown = set(values) - {name for name, _ in self.values}
        if unknown:
            raise KeyError(unknown.pop())
        chosen = {**dict(self.values), **{name: frozen(value) for name, value in values.items()}}
        nodes = {node.name: node for node in self.graph.nodes}
        for name, setting, value in self.lifted:
            layer = put(nodes[name].layer, setting, chosen[value])
            nodes[name] = Node(name, layer, nodes[name].inputs, nodes[name].at)
        return self.changed(values=tuple(chosen.items()), graph=Graph(tuple(nodes.values())))

    def around(self, graph: Graph, lower: bool = False) -> Block:
        """This block with `graph` inside. Where a lifted setting has changed in it, the block's own setting changes
        for all who take it; with `lower` that inner setting stands for itself from now on."""
        layers = {node.name: node.layer for node in graph.nodes}
        chosen = dict(self.values)
        kept, changed = [], {}
        for name, setting, value in self.lifted:
            if name not in layers or not has(layers[name], setting):
                continue
            now = frozen(get(layers[name], setting))
            if now != chosen[value]:
                changed[value] = now
            if now == chosen[value] or not lower:
                kept.append((name, setting, value))
        block = self.changed(graph=graph, lifted=tuple(sorted(kept)))
        return block.setting(**changed) if changed and not lower else block


@lru_cache(maxsize=1024)
def _without(graph: Graph, ports: tuple[str, ...]) -> Graph:
    if not ports:
        return graph
    return Graph(
        tuple(
            Node(node.name, node.layer, tuple(source for source in node.inputs if source not in ports), node.at)
            for node in graph.nodes
            if node.name not in ports
        )
    )


def has(layer: Layer, setting: str) -> bool:
    if isinstance(layer, Block):
        return setting == "repeat" or setting.removeprefix("settings.") in dict(layer.values)
    return setting in type(layer).model_fields


def get(layer: Layer, setting: str) -> Any:
    """An inner setting; of a block `repeat` or `settings.<name>`."""
    if isinstance(layer, Block) and setting != "repeat":
        return dict(layer.values)[setting.removeprefix("settings.")]
    return getattr(layer, setting)


def put(layer: Layer, setting: str, value: Any) -> Layer:
    """`layer` with one setting replaced, checked."""
    if isinstance(layer, Block) and setting != "repeat":
        return layer.setting(**{setting.removeprefix("settings."): value})
    return layer.changed(**{setting: value})


def frozen(value: Any) -> Any:
    """A plain JSON value that can be a key: lists become tuples."""
    return tuple(frozen(item) for item in value) if isinstance(value, (list, tuple)) else value


def layer_count(graph: Graph) -> int:
    """How many layers a graph unfolds to, every copy counted."""
    return sum(
        node.layer.repeat * layer_count(node.layer.graph) if isinstance(node.layer, Block) else 1
        for node in graph.nodes
    )


def _thawed(value: Any) -> Any:
    return [_thawed(item) for item in value] if isinstance(value, tuple) else value


def _place(entry: dict[str, Any], setting: str) -> dict[str, Any]:
    """Where in an inner node's document a setting stands."""
    return entry.setdefault("settings", {}) if setting.startswith("settings.") else entry


def substituted(
    entry: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """An inner node's document with every `$name` replaced; which setting took which name; names that are unknown."""
    lifted: dict[str, str] = {}
    unknown: list[str] = []

    def filled(settings: Mapping[str, Any], prefix: str, skip: tuple[str, ...]) -> dict[str, Any]:
        result = dict(settings)
        for key, value in settings.items():
            if key in skip or not (isinstance(value, str) and value.startswith("$")):
                continue
            if value[1:] in values:
                result[key] = values[value[1:]]
                lifted[f"{prefix}{key}"] = value[1:]
            else:
                unknown.append(value[1:])
        return result

    if entry.get("kind") != "Block":
        return filled(entry, "", ("name", "kind", "inputs", "at")), lifted, unknown
    full = filled(entry, "", tuple(key for key in entry if key != "repeat"))
    if isinstance(entry.get("settings"), Mapping):
        full["settings"] = filled(entry["settings"], "settings.", ())
    return full, lifted, unknown
