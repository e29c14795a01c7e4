"""Entries: the nodes of a network as a document holds them, and what can be asked of a list of them. No torch here.

An entry is a node as a spec writes it: `{"name", "kind", settings…, "inputs": […], "at"?}`, its inputs always written
out. A block's entry holds the entries of its inside under `nodes`. Entries are never changed in place.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from dlviz.core.problems import WrongInput, nearest

Entry = dict[str, Any]
Entries = list[Entry]

#: What an entry holds beside its settings.
NOT_SETTINGS = ("name", "kind", "inputs", "at")
BLOCK, INPUT = "Block", "Input"


def explicit(nodes: object) -> Entries:
    """The entries with names and inputs written out, as `Graph.parse` would fill them in; blocks all the way down.
    What is no entry at all is left out."""
    entries: Entries = []
    for node in nodes if isinstance(nodes, list) else []:
        if not isinstance(node, (str, Mapping)):
            continue
        entry: Entry = {"kind": node} if isinstance(node, str) else dict(node)
        if not isinstance(entry.get("name"), str):
            entry["name"] = fresh(str(entry.get("kind", "node")).lower(), [each["name"] for each in entries])
        inputs = entry.get("inputs")
        if inputs is None:
            inputs = [entries[-1]["name"]] if entries and entry.get("kind") != INPUT else []
        elif isinstance(inputs, str):
            inputs = [inputs]
        entry["inputs"] = [source for source in inputs if isinstance(source, str)] if isinstance(inputs, list) else []
        if isinstance(entry.get("nodes"), list):
            entry["nodes"] = explicit(entry["nodes"])
        entries.append(entry)
    return entries


def fresh(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, or `wanted_2`, `wanted_3` … where that name is taken."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name


def names(entries: Iterable[Entry]) -> list[str]:
    return [entry["name"] for entry in entries]


def find(entries: Entries, name: str) -> Entry:
    """The entry called `name`; `WrongInput` where there is none."""
    for entry in entries:
        if entry["name"] == name:
            return entry
    raise WrongInput(f"There is no layer `{name}` here. {nearest(name, names(entries))}".strip())


def settings(entry: Entry) -> dict[str, Any]:
    """The entry's own settings, without its name, place and wiring."""
    return {key: value for key, value in entry.items() if key not in NOT_SETTINGS}


def readers(entries: Entries, name: str) -> Entries:
    """The entries that take `name` as an input."""
    return [entry for entry in entries if name in entry["inputs"]]


def ends(entries: Entries) -> list[str]:
    """The names of the entries that none reads."""
    read = {source for entry in entries for source in entry["inputs"]}
    return [entry["name"] for entry in entries if entry["name"] not in read]


def followers(entries: Entries, name: str) -> set[str]:
    """Every entry that what `name` gives reaches, itself not counted unless it stands on a circle."""
    reading: dict[str, list[str]] = {}
    for entry in entries:
        for source in entry["inputs"]:
            reading.setdefault(source, []).append(entry["name"])
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for reader in reading.get(waiting.pop(), ()):
            if reader not in found:
                found.add(reader)
                waiting.append(reader)
    return found


def ordered(entries: Entries) -> Entries:
    """Each entry after its inputs, otherwise in the order given; what stands on a circle comes last."""
    place = {entry["name"]: number for number, entry in enumerate(entries)}
    waits = {name: 0 for name in place}
    reading: dict[str, list[str]] = {}
    for entry in entries:
        for source in set(entry["inputs"]):
            if source in place:
                waits[entry["name"]] += 1
                reading.setdefault(source, []).append(entry["name"])
    ready = [place[name] for name, number in waits.items() if number == 0]
    heapq.heapify(ready)
    order: list[int] = []
    while ready:
        number = heapq.heappop(ready)
        order.append(number)
        for reader in reading.get(entries[number]["name"], ()):
            waits[reader] -= 1
            if waits[reader] == 0:
                heapq.heappush(ready, place[reader])
    done = set(order)
    return [entries[number] for number in [*order, *(n for n in range(len(entries)) if n not in done)]]


def swapped(inputs: Sequence[str], old: str, new: str) -> list[str]:
    """`inputs` with `new` in place of `old`."""
    return [new if source == old else source for source in inputs]


def inside(entry: Entry) -> Entries:
    """The entries in a block; none for a layer."""
    nodes = entry.get("nodes")
    return nodes if entry.get("kind") == BLOCK and isinstance(nodes, list) else []


def put_after(entries: Entries, new: Sequence[Entry], after: Collection[str]) -> Entries:
    """`new` behind the last of the entries called `after`; at the end where there is none."""
    places = [number for number, entry in enumerate(entries) if entry["name"] in after]
    at = max(places) + 1 if places else len(entries)
    return [*entries[:at], *new, *entries[at:]]
