"""Edits on a network while it is being built: plain functions from one list of layer entries to the next.

An entry is a node as a spec writes it: `{"name", "kind", settings…, "inputs": […]}`, its inputs always written out.
No torch and no page in here; a drawn editor makes the same edits.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from typing import Any

from dlviz.core.problems import WrongInput

Entry = dict[str, Any]
Entries = list[Entry]

_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)
_NOT_SETTINGS = ("name", "kind", "inputs", "at")


def explicit(nodes: object) -> Entries:
    """The entries with names and inputs written out, as `Graph.parse` would fill them in."""
    entries: Entries = []
    for node in nodes if isinstance(nodes, list) else []:
        entry = {"kind": node} if isinstance(node, str) else dict(node)
        entry.setdefault("name", fresh(str(entry.get("kind", "node")).lower(), entries))
        if entry.get("inputs") is None:
            entry["inputs"] = [entries[-1]["name"]] if entries and entry.get("kind") != "Input" else []
        if isinstance(entry["inputs"], str):
            entry["inputs"] = [entry["inputs"]]
        entries.append(entry)
    return entries


def fresh(wanted: str, entries: Entries) -> str:
    """`wanted`, or `wanted_2`, `wanted_3` … where that name is taken."""
    taken, name, number = {entry["name"] for entry in entries}, wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name


def find(entries: Entries, name: str | None) -> Entry | None:
    """The entry called `name`, or None."""
    return next((entry for entry in entries if entry["name"] == name), None)


def settings(entry: Entry) -> dict[str, Any]:
    """The entry's own settings, without its name and wiring."""
    return {key: value for key, value in entry.items() if key not in _NOT_SETTINGS}


def readers(entries: Entries, name: str) -> Entries:
    """The entries that take `name` as an input."""
    return [entry for entry in entries if name in entry["inputs"]]


def add(
    entries: Entries, kind: str, after: str | None, *, source: bool = False, new: Mapping[str, Any] | None = None
) -> tuple[Entries, str]:
    """A new layer with the settings `new` put after the one called `after` (or at the end), and its name.

    What read `after` then reads the new layer, so that a chain stays a chain. `source`: it takes no input (Input).
    """
    own = {"kind": kind, **(new or {})}
    name = fresh(kind.lower(), entries)
    if source or not entries:
        return [{"name": name, **own, "inputs": []}, *_copy(entries)], name
    before = find(entries, after) or entries[-1]
    changed = _copy(entries)
    for entry in changed:
        entry["inputs"] = [name if item == before["name"] else item for item in entry["inputs"]]
    at = next(number for number, entry in enumerate(changed) if entry["name"] == before["name"])
    changed.insert(at + 1, {"name": name, **own, "inputs": [before["name"]]})
    return changed, name


def duplicate(entries: Entries, name: str) -> tuple[Entries, str]:
    """A copy of a layer, put right after it."""
    entry = find(entries, name)
    if entry is None:
        return entries, name
    return add(entries, str(entry["kind"]), name, source=not entry["inputs"], new=settings(entry))


def remove(entries: Entries, name: str) -> Entries:
    """Without the layer `name`; what read it now reads what it read."""
    gone = find(entries, name)
    if gone is None:
        return entries
    changed = [entry for entry in _copy(entries) if entry["name"] != name]
    for entry in changed:
        inputs: list[str] = []
        for item in entry["inputs"]:
            inputs += gone["inputs"] if item == name else [item]
        entry["inputs"] = list(dict.fromkeys(inputs)) if name in entry["inputs"] else inputs
    return changed


def move(entries: Entries, name: str, by: int) -> Entries:
    """The layer `name` one place up (-1) or down (+1) the chain; unchanged where there is a branch or an end."""
    entry = find(entries, name)
    if entry is None:
        return entries
    if by < 0:
        return entries if len(entry["inputs"]) != 1 else _swapped(entries, entry["inputs"][0], name)
    following = readers(entries, name)
    return entries if len(following) != 1 else _swapped(entries, name, following[0]["name"])


def _swapped(entries: Entries, first: str, second: str) -> Entries:
    """`first` → `second` turned round, where they stand in a plain chain."""
    upper, lower = find(entries, first), find(entries, second)
    if upper is None or lower is None or lower["inputs"] != [first] or len(readers(entries, first)) != 1:
        return entries
    if len(upper["inputs"]) != 1:  # an Input stays first; a merge keeps its branches
        return entries
    changed = _copy(entries)
    for entry in changed:
        if entry["name"] == second:
            entry["inputs"] = list(upper["inputs"])
        elif entry["name"] == first:
            entry["inputs"] = [second]
        else:
            entry["inputs"] = [first if item == second else item for item in entry["inputs"]]
    one, two = (next(n for n, e in enumerate(changed) if e["name"] == name) for name in (first, second))
    changed[one], changed[two] = changed[two], changed[one]
    return changed


def connect(entries: Entries, name: str, inputs: list[str]) -> Entries:
    """The layer `name` with other inputs, in the order given."""
    return [{**entry, "inputs": list(inputs)} if entry["name"] == name else dict(entry) for entry in entries]


def change(entries: Entries, name: str, new: dict[str, Any]) -> Entries:
    """The layer `name` with other settings."""
    return [
        {"name": name, "kind": entry["kind"], **new, "inputs": entry["inputs"], **_at(entry)}
        if entry["name"] == name
        else dict(entry)
        for entry in entries
    ]


def rename(entries: Entries, name: str, new: str) -> Entries:
    """The layer `name` called `new`, wherever it is read. Raises `WrongInput` for a name that cannot stand."""
    if new == name:
        return entries
    if not _NAME.fullmatch(new) or keyword.iskeyword(new) or len(new) > 64:
        raise WrongInput(
            "A layer's name is letters, digits and _ and starts with a letter: it names a line of code. "
            f"Received: {new}."
        )
    if find(entries, new) is not None:
        raise WrongInput(f"Each layer needs its own name; `{new}` is taken.")
    return [
        {
            **entry,
            "name": new if entry["name"] == name else entry["name"],
            "inputs": [new if item == name else item for item in entry["inputs"]],
        }
        for entry in entries
    ]


def _copy(entries: Entries) -> Entries:
    return [{**entry, "inputs": list(entry["inputs"])} for entry in entries]


def _at(entry: Entry) -> dict[str, Any]:
    return {"at": entry["at"]} if entry.get("at") is not None else {}
