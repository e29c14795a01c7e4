"""What edits must know of the kinds of layers. Edits import no torch; whoever makes them passes a catalogue in."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from dlviz.core.problems import Problems, WrongInput, nearest
from dlviz.ui.board.entries import BLOCK, INPUT, Entry, inside

if TYPE_CHECKING:
    from dlviz.layers.layer import Layer

#: How many inputs: (least, most); None: no upper bound.
Range = tuple[int, int | None]


class Catalogue(Protocol):
    """The layers and blocks that there are."""

    def takes(self, entry: Entry) -> Range:
        """How many inputs it takes; one where its kind is not known."""

    def clicked(self, kind: str) -> Entry:
        """`{"kind", settings…}` of a layer as a click in the menu adds it. `WrongInput` for an unknown one."""

    def block(self, name: str) -> Entry:
        """`{"kind": "Block", …}` of the built-in block `name`. `WrongInput` for an unknown one."""

    def default(self, kind: str, setting: str) -> Any:
        """What a setting is where an entry leaves it out. `WrongInput` for an unknown one."""

    def default_of_block(self, title: str, setting: str) -> Any:
        """What a setting of a built-in block is at first. `WrongInput` where none is known."""

    def faults(self, entry: Entry) -> list[str]:
        """What is wrong with an entry's kind and settings, each in a sentence."""

    def is_name(self, text: str) -> bool:
        """Whether it can name a node."""


class Layers:
    """The catalogue of all layers of this installation. Imports torch when it is first asked."""

    def takes(self, entry: Entry) -> Range:
        if entry["kind"] == BLOCK:
            return _ports(json.dumps({key: entry[key] for key in ("settings", "nodes") if key in entry}))
        part = layer_of(entry["kind"])
        return part.inputs if part is not None else (1, 1)

    def clicked(self, kind: str) -> Entry:
        from dlviz.layers.layer import Layer

        part = Layer.kinds().get(kind)
        if part is None or kind == BLOCK:
            raise WrongInput(f"There is no layer `{kind[:80]}`. {nearest(kind, Layer.kinds())}".strip())
        return part.clicked().document(brief=True)

    def block(self, name: str) -> Entry:
        from dlviz import blocks

        known = blocks.builtin()
        if name not in known:
            raise WrongInput(f"There is no built-in block `{name[:80]}`. {nearest(name, known)}".strip())
        return dict(known[name].node())

    def default(self, kind: str, setting: str) -> Any:
        part = layer_of(kind)
        if part is None or setting not in part.model_fields:
            raise WrongInput(f"{kind} has no setting `{setting[:80]}`.")
        return next(each.default for each in part.settings() if each.name == setting)

    def default_of_block(self, title: str, setting: str) -> Any:
        node = self.block(title)
        if setting not in node.get("settings", {}):
            raise WrongInput(f"The block {title} has no setting `{setting[:80]}` with a default.")
        return node["settings"][setting]

    def faults(self, entry: Entry) -> list[str]:
        from dlviz.network.graph import Graph

        problems = Problems()
        Graph.parse([{**entry, "inputs": []}], "here", problems)
        found = []
        for problem in problems:
            place = problem.place.removeprefix("here").removeprefix(f".{entry.get('name', 0)}").strip(".")
            found.append(f"{place}: {problem.message}" if place else problem.message)
        return found

    def is_name(self, text: str) -> bool:
        from dlviz.network.graph import is_name

        return is_name(text)


@lru_cache(maxsize=512)
def layer_of(kind: str) -> type[Layer] | None:
    """The layer of that name, or None; asked for every node at every edit."""
    from dlviz.layers.layer import Layer

    return Layer.kinds().get(kind)


@lru_cache(maxsize=512)
def _ports(block: str) -> Range:
    """How many inputs a block takes; its inner Inputs are counted where it is not sound."""
    from dlviz.network.graph import Graph

    entry = {"name": "block", "kind": BLOCK, "inputs": [], **json.loads(block)}
    graph = Graph.parse([entry], "here", Problems())
    if graph is not None:
        return graph["block"].layer.inputs
    ports = sum(each["kind"] == INPUT for each in inside(entry))
    return ports, ports
