"""Built-in blocks: one document each, in the form of a block in a spec with words and help for its settings."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dlviz.core.problems import Problems, WrongInput, nearest
from dlviz.network.block import Block
from dlviz.network.graph import Graph


@dataclass(frozen=True)
class Lifted:
    """A setting of a block: what it starts as, and what it is."""

    default: Any
    help: str


@dataclass(frozen=True)
class Blueprint:
    """A block to add. `takes` are the numbers of dimensions its first input may have, without the batch."""

    title: str
    about: str
    paper: str
    takes: tuple[int, ...]
    settings: dict[str, Lifted]
    nodes: list[dict[str, Any]]
    repeat: int = 1

    def node(self, **settings: Any) -> dict[str, Any]:
        """Its document as a node, without name and inputs. Raises `WrongInput` for a setting that it does not have."""
        for name in settings:
            if name not in self.settings:
                raise WrongInput(f"{self.title} has no setting `{name}`. {nearest(name, self.settings)}".strip())
        chosen = {name: settings.get(name, lifted.default) for name, lifted in self.settings.items()}
        return {
            "kind": "Block",
            "title": self.title,
            **({"repeat": self.repeat} if self.repeat != 1 else {}),
            **({"settings": chosen} if chosen else {}),
            "nodes": copy.deepcopy(self.nodes),
        }

    def block(self, **settings: Any) -> Block:
        """The block itself. Raises `WrongInput` where a setting does not suit the layers inside."""
        problems = Problems()
        document = [{"name": "block", **self.node(**settings), "inputs": []}]
        graph = Graph.parse(document, self.title, problems)
        problems.raise_if_any()
        assert graph is not None
        block = graph["block"].layer
        assert isinstance(block, Block)
        return block


@cache
def builtin() -> dict[str, Blueprint]:
    """All built-in blocks by title, in the order of their titles."""
    found = [_read(path) for path in Path(__file__).parent.glob("*.yaml")]
    return {blueprint.title: blueprint for blueprint in sorted(found, key=lambda one: one.title)}


def _read(path: Path) -> Blueprint:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings = {name: Lifted(**about) for name, about in document.pop("settings", {}).items()}
    blueprint = Blueprint(**{**document, "takes": tuple(document["takes"]), "settings": settings})
    blueprint.block()  # a built-in block is as it should be
    return blueprint
