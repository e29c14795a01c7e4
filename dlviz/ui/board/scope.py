"""Scopes: a role's network, or the inside of a block. A path names a node across them: `model.stage1.conv1`."""

from __future__ import annotations

from collections.abc import Mapping

from dlviz.core.problems import WrongInput, nearest
from dlviz.ui.board.entries import BLOCK, Entries, Entry, find

Networks = Mapping[str, Entries]


def split(path: str) -> tuple[str, str]:
    """(scope, name) of a node's path."""
    scope, dot, name = path.rpartition(".")
    if not dot or not scope or not name:
        raise WrongInput(
            f"A node is named by its network and its name, `model.conv1` for instance. Received: {path[:80]!r}."
        )
    return scope, name


def role_of(path: str) -> str:
    return path.partition(".")[0]


def entries_at(networks: Networks, scope: str) -> Entries:
    """The entries of a scope. Raises `WrongInput` where there is no such network or block."""
    role, *blocks = scope.split(".")
    if role not in networks:
        raise WrongInput(f"There is no network `{role[:80]}`. {nearest(role, networks)}".strip())
    entries = networks[role]
    for name in blocks:
        entries = _inside(find(entries, name))
    return entries


def entry_at(networks: Networks, path: str) -> Entry:
    """The entry that a path names."""
    scope, name = split(path)
    return find(entries_at(networks, scope), name)


def with_entries(networks: Networks, scope: str, entries: Entries) -> dict[str, Entries]:
    """The networks with the entries of one scope replaced; everything else is shared with what came."""
    role, *blocks = scope.split(".")
    return {**networks, role: _down(networks[role], blocks, entries)}


def _down(here: Entries, blocks: list[str], entries: Entries) -> Entries:
    if not blocks:
        return entries
    name, *rest = blocks
    return [
        {**entry, "nodes": _down(_inside(entry), rest, entries)} if entry["name"] == name else entry for entry in here
    ]


def _inside(entry: Entry) -> Entries:
    if entry["kind"] != BLOCK or not isinstance(entry.get("nodes"), list):
        raise WrongInput(f"`{entry['name']}` is a layer, not a block: nothing lies inside it.")
    return list(entry["nodes"])
