"""From the document to the graph: every problem is told, with its place."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from typing import Any

from dlviz.core.problems import Problems, nearest
from dlviz.core.wording import shown
from dlviz.layers.layer import Layer
from dlviz.network.block import (
    MOST_DEPTH,
    MOST_LAYERS,
    MOST_REPEATS,
    Block,
    frozen,
    layer_count,
    substituted,
)
from dlviz.network.graph import Graph, Node, check_edges, fresh_name, is_name, ordered


class Reading:
    """One list of nodes as it is read: the edges of all entries, faulty ones too, so that all is told at once; of a
    block's the values of its lifted settings, and which inner setting takes which."""

    def __init__(self, place: str, problems: Problems, depth: int = 0, values: Mapping[str, Any] | None = None) -> None:
        self.place, self.problems, self.depth, self.values = place, problems, depth, values
        self.edges: dict[str, tuple[str, ...]] = {}
        self.lifted: list[tuple[str, str, str]] = []

    def graph(self, document: object) -> Graph | None:
        before = len(self.problems)
        if isinstance(document, Mapping) and set(document) == {"nodes"}:
            document = document["nodes"]
        if not isinstance(document, Sequence) or isinstance(document, (str, bytes)) or not document:
            self.problems.add(self.place, "must be a list of layers with at least one entry.")
            return None
        nodes = [node for number, entry in enumerate(document) if (node := self._node(entry, number)) is not None]
        check_edges(self.edges, self.place, self.problems)
        if len(self.problems) > before:
            return None
        graph = Graph(tuple(ordered(nodes)))
        if any(isinstance(node.layer, Block) for node in nodes) and layer_count(graph) > MOST_LAYERS:
            self.problems.add(
                self.place,
                f"may hold at most {MOST_LAYERS:,} layers, every copy of a block counted. Received: "
                f"{layer_count(graph):,}. Repeat a block less often.",
            )
            return None
        return graph

    def _node(self, entry: object, number: int) -> Node | None:
        """One node, its edges put into `edges`; None where anything is wrong with it."""
        names, problems = list(self.edges), self.problems
        if isinstance(entry, str):
            entry = {"kind": entry}
        if not isinstance(entry, Mapping):
            problems.add(
                f"{self.place}.{number}", "must be a mapping with `kind`, settings, and perhaps `name` and `inputs`."
            )
            return None
        kind = str(entry.get("kind", "node")).lower()
        name = entry.get("name")
        if name is None:
            name = fresh_name(kind if is_name(kind) else "node", names)
        if not isinstance(name, str) or not is_name(name):
            problems.add(
                f"{self.place}.{number}.name",
                "must be letters, digits and _, start with a letter, and be no word that Python or torch uses itself "
                f"(it names a line of code). Received: {name!r}.",
            )
            return None
        where = f"{self.place}.{name}"
        if name in self.edges:
            problems.add(where, "this name is used twice; each node needs its own.")
            return None
        before = len(problems)
        layer = self._layer(entry, name, where)
        inputs = entry.get("inputs")
        if inputs is None:
            inputs = [names[-1]] if names and (layer is None or layer.inputs[1] != 0) else []
        if isinstance(inputs, str):
            inputs = [inputs]
        if not isinstance(inputs, Sequence) or not all(isinstance(item, str) for item in inputs):
            problems.add(f"{where}.inputs", f"must be a list of node names. Received: {inputs!r}.")
            inputs = []
        at = entry.get("at")
        if at is not None:
            try:
                x, y = at
                at = (float(x), float(y))
            except (TypeError, ValueError):
                problems.add(f"{where}.at", f"must be two numbers, x and y. Received: {at!r}.")
        self.edges[name] = tuple(inputs)
        if layer is None or len(problems) > before:
            return None
        return Node(name, layer, tuple(inputs), at)

    def _layer(self, entry: Mapping[Any, Any], name: str, where: str) -> Layer | None:
        if self.values is not None:
            entry, lifted, unknown = substituted(entry, self.values)
            for missing in unknown:
                self.problems.add(
                    where, f"there is no setting `{missing}` of its block. {nearest(missing, self.values)}".strip()
                )
            if unknown:
                return None
            self.lifted += [(name, setting, value) for setting, value in lifted.items()]
        settings = {key: value for key, value in entry.items() if key not in ("name", "inputs", "at")}
        if settings.get("kind") == "Block":
            return self._block(settings, where)
        return Layer.parse(settings, where, self.problems)

    def _block(self, settings: Mapping[Any, Any], where: str) -> Block | None:
        problems, before = self.problems, len(self.problems)
        if self.depth >= MOST_DEPTH:
            problems.add(where, f"blocks may lie at most {MOST_DEPTH} deep in each other.")
            return None
        known = ("kind", "title", "repeat", "open", "settings", "nodes")
        for key in settings:
            if key not in known:
                problems.add(f"{where}.{key}", f"Block has no setting `{key}`. {nearest(str(key), known[1:])}".strip())
        title, repeat, opened = settings.get("title", "Block"), settings.get("repeat", 1), settings.get("open", False)
        if not is_title(title):
            problems.add(
                f"{where}.title",
                "must be letters, digits and _, start with a letter, and be no word of Python (it names a class). "
                f"Received: {shown(title)}.",
            )
        if type(repeat) is not int or not 1 <= repeat <= MOST_REPEATS:
            problems.add(
                f"{where}.repeat",
                f"must be a whole number, at least 1, at most {MOST_REPEATS}. Received: {shown(repeat)}.",
            )
        if type(opened) is not bool:
            problems.add(f"{where}.open", f"must be true or false. Received: {shown(opened)}.")
        values = self._values(settings.get("settings", {}), where)
        inner = Reading(where, problems, self.depth + 1, values)
        graph = inner.graph(settings.get("nodes"))
        if graph is None or len(problems) > before:
            return None
        return Block(
            title=title,
            repeat=repeat,
            open=opened,
            values=tuple(values.items()),
            graph=graph,
            lifted=tuple(sorted(inner.lifted)),
        )

    def _values(self, settings: object, where: str) -> dict[str, Any]:
        """The values of a block's lifted settings."""
        if not isinstance(settings, Mapping):
            self.problems.add(
                f"{where}.settings", f"must be a mapping of names to values. Received: {shown(settings)}."
            )
            return {}
        for name, value in settings.items():
            if not is_title(name):
                self.problems.add(
                    f"{where}.settings", f"a name is letters, digits and _, no word of Python. Received: {name!r}."
                )
            elif not _plain(value):
                self.problems.add(
                    f"{where}.settings.{name}",
                    f"must be a number, a text, true, false, nothing, or a list of them. Received: {shown(value)}.",
                )
        return {str(name): frozen(value) for name, value in settings.items() if _plain(value)}


def is_title(text: object) -> bool:
    """Whether `text` can name a block or a setting of one: a class in the code, or an argument."""
    return (
        isinstance(text, str)
        and text.isidentifier()
        and text.isascii()
        and not text.startswith("_")
        and (not keyword.iskeyword(text) and len(text) <= 64)
    )


def _plain(value: object, depth: int = 0) -> bool:
    if isinstance(value, (list, tuple)):
        return depth < 2 and all(_plain(item, depth + 1) for item in value)
    return value is None or isinstance(value, (int, float, str))
