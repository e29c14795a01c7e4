"""Edits on blocks: group, ungroup, open, repeat, lift, lower."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.ui.board.alter import class_name
from dlviz.ui.board.catalogue import Catalogue
from dlviz.ui.board.edited import Edited
from dlviz.ui.board.entries import (
    BLOCK,
    INPUT,
    Entries,
    Entry,
    ends,
    find,
    followers,
    fresh,
    inside,
    names,
    ordered,
    readers,
    swapped,
)
from dlviz.ui.board.lifted import own, reference

MOST_TIMES = 64
_SETTING = re.compile(r"[a-z_][a-z0-9_]{0,63}", re.IGNORECASE)


def group(entries: Entries, catalogue: Catalogue, chosen: Collection[str], title: str) -> Edited:
    """The chosen nodes as one block with this title: what they read from outside enters by its ports, and the one
    node that is read outside is its result. Chosen Inputs stay outside. Raises `WrongInput` with what else to choose.
    """
    title = class_name(title)
    inner = [entry for entry in ordered(entries) if entry["name"] in chosen and entry["kind"] != INPUT]
    members = set(names(inner))
    for name in chosen:
        find(entries, name)
    if not inner:
        raise WrongInput("A block needs at least one layer beside Inputs. Choose the layers that belong together.")
    _check_group(entries, inner, members)
    result = _results(entries, inner)[0]
    ports: dict[str, str] = {}
    for entry in inner:
        for source in entry["inputs"]:
            if source not in members and source not in ports:
                ports[source] = fresh("input", [*members, *ports.values()])
    name = fresh(title.lower(), [each for each in names(entries) if each not in members])
    places = [entry["at"] for entry in inner if entry.get("at") is not None]
    at = [min(place[axis] for place in places) for axis in (0, 1)] if places else None
    nodes: Entries = [{"name": port, "kind": INPUT, "inputs": []} for port in ports.values()]
    for entry in inner:
        moved = {**entry, "inputs": [ports.get(source, source) for source in entry["inputs"]]}
        nodes.append(_moved(moved, at, -1))
    passed = {reference(value) for entry in inner for value in _values(entry)} - {None}
    block: Entry = {"name": name, "kind": BLOCK, "title": title}
    if passed:
        block["settings"] = {setting: f"${setting}" for setting in sorted(str(each) for each in passed)}
    block |= {"nodes": nodes, "inputs": list(ports)}
    if at is not None:
        block["at"] = at
    place = max(number for number, entry in enumerate(entries) if entry["name"] in members)
    changed: Entries = []
    for number, entry in enumerate(entries):
        if number == place:
            changed.append(block)
        elif entry["name"] not in members:
            changed.append({**entry, "inputs": swapped(entry["inputs"], result, name)})
    return Edited(changed, f"{_layers(len(inner))} grouped as the block {title}.", (name,))


def _check_group(entries: Entries, inner: Entries, members: set[str]) -> None:
    """Connected, nothing of its own way outside, one result."""
    found = {inner[0]["name"]}
    waiting = [inner[0]["name"]]
    while waiting:
        here = waiting.pop()
        near = {*find(entries, here)["inputs"], *names(readers(entries, here))} & members
        # two readers of one node outside belong together, too: the branches of an Inception block
        sources = set(find(entries, here)["inputs"]) - members
        near |= {entry["name"] for entry in inner if sources & set(entry["inputs"])}
        waiting += near - found
        found |= near
    if found != members:
        apart = next(entry["name"] for entry in inner if entry["name"] not in found)
        raise WrongInput(f"The layers of a block must be connected. `{apart}` is not connected to the others.")
    after = {name for entry in inner for name in followers(entries, entry["name"])} - members
    for name in names(ordered(entries)):
        if name in after and members & followers(entries, name):
            raise WrongInput(f"A way leads out of these layers and back into them. Choose `{name}` as well.")
    results = _results(entries, inner)
    if len(results) > 1:
        raise WrongInput(
            f"A block gives one result. Of these layers {_listed(results)} are read outside or by nothing. Choose also "
            "what brings them together, or fewer layers."
        )


def _results(entries: Entries, inner: Entries) -> list[str]:
    members = set(names(inner))
    found = []
    for entry in inner:
        reading = names(readers(entries, entry["name"]))
        if not reading or set(reading) - members:
            found.append(entry["name"])
    return found


def _values(entry: Entry) -> list[Any]:
    return list(own(entry).values()) if entry["kind"] == BLOCK else list(entry.values())


def _moved(entry: Entry, by: list[float] | None, sign: int) -> Entry:
    if by is None or entry.get("at") is None:
        return entry
    x, y = entry["at"]
    return {**entry, "at": [x + sign * by[0], y + sign * by[1]]}


def ungroup(entries: Entries, name: str) -> Edited:
    """The block `name` as the nodes in it; a repeated one as its copies in a row. The names inside stay as they are
    where they are free."""
    block = find(entries, name)
    if block["kind"] != BLOCK:
        raise WrongInput(f"`{name}` is a layer, not a block: there is nothing to take apart.")
    nodes = ordered(inside(block))
    result = _result(nodes, name)
    taken = [other for other in names(entries) if other != name]
    values = own(block)
    sources = list(block["inputs"])
    made: Entries = []
    last = ""
    for number in range(int(block.get("repeat", 1))):
        copy, last = _copy(block, nodes, result, sources, [*taken, *names(made)], values)
        # places given by hand are those of the first copy: the others would lie over it
        made += copy if number == 0 else [{key: each[key] for key in each if key != "at"} for each in copy]
        sources = [last, *sources[1:]] if sources else sources
    place = names(entries).index(name)
    changed = [{**entry, "inputs": swapped(entry["inputs"], name, last)} for entry in entries if entry["name"] != name]
    kept = [each["name"] for each in made]
    changed = [*changed[:place], *made, *changed[place:]]
    return Edited(changed, f"The block {block.get('title', name)} is {_layers(len(made))} again.", tuple(kept))


def _result(nodes: Entries, name: str) -> str:
    found = ends(nodes)
    if len(found) != 1 or all(entry["kind"] == INPUT for entry in nodes):
        raise WrongInput(f"The block `{name}` must have one result before it can be taken apart. Open it and mend it.")
    return found[0]


def _copy(
    block: Entry, nodes: Entries, result: str, sources: list[str], taken: list[str], values: dict[str, Any]
) -> tuple[Entries, str]:
    """One copy of a block's inside as nodes outside, and the name of its result."""
    ports = [entry["name"] for entry in inside(block) if entry["kind"] == INPUT]
    outside: dict[str, str | None] = {port: source for port, source in zip(ports, sources, strict=False)}
    outside |= {port: None for port in ports[len(sources) :]}
    new: dict[str, str] = {}
    for entry in nodes:
        if entry["kind"] != INPUT:
            new[entry["name"]] = fresh(entry["name"], [*taken, *new.values()])
    made: Entries = []
    for entry in nodes:
        if entry["kind"] == INPUT:
            continue
        inputs = [new.get(source) or outside.get(source) for source in entry["inputs"]]
        copy = {**_told(entry, values), "name": new[entry["name"]], "inputs": [each for each in inputs if each]}
        made.append(_moved(copy, block.get("at"), 1))
    return made, new.get(result) or outside.get(result) or ""


def _told(entry: Entry, values: dict[str, Any]) -> Entry:
    """With each reference to a block's setting replaced by its value."""

    def told(value: Any) -> Any:
        name = reference(value)
        return values[name] if name is not None and name in values else value

    if entry["kind"] == BLOCK:
        return {**entry, "settings": {key: told(value) for key, value in own(entry).items()}} if own(entry) else entry
    return {key: value if key in ("name", "kind", "inputs", "at") else told(value) for key, value in entry.items()}


def set_open(entries: Entries, name: str, opened: bool) -> Edited:
    """The block `name` drawn with its inside, or as one card."""
    changed = _with(entries, {**_block(entries, name), "open": opened})
    if not opened:
        changed = [
            {key: value for key, value in entry.items() if key != "open"} if entry["name"] == name else entry
            for entry in changed
        ]
    return Edited(changed, f"{name} {'opened' if opened else 'closed'}.", (name,))


def repeat(entries: Entries, name: str, times: int) -> Edited:
    """The block `name` so many times in a row, each with its own weights."""
    block = _block(entries, name)
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= MOST_TIMES:
        raise WrongInput(f"A block stands 1 to {MOST_TIMES} times in a row. Received: {str(times)[:40]}.")
    if times > 1 and not block["inputs"] and not any(entry["kind"] == INPUT for entry in inside(block)):
        raise WrongInput("Only a block that takes an input can be repeated: each copy reads the one before.")
    changed = {key: value for key, value in block.items() if key != "repeat"}
    if times > 1:
        nodes = changed.pop("nodes")
        inputs = changed.pop("inputs")
        changed |= {"repeat": times, "nodes": nodes, "inputs": inputs}
    return Edited(_with(entries, changed), f"{name} stands {times} time{'s' if times > 1 else ''} in a row.", (name,))


def lift(entries: Entries, catalogue: Catalogue, block: str, node: str, setting: str, name: str) -> Edited:
    """The setting of a node inside `block` as the block's own, under `name`. Where the block has a setting of that
    name already, the node takes that one."""
    outer = _block(entries, block)
    nodes = inside(outer)
    inner = find(nodes, node)
    if not isinstance(name, str) or not _SETTING.fullmatch(name):
        raise WrongInput(
            f"A setting's name is letters, digits and _ and starts with a letter. Received: {str(name)[:80]!r}."
        )
    nested = inner["kind"] == BLOCK
    if nested and setting not in own(inner):
        raise WrongInput(f"The block `{node}` has no setting `{str(setting)[:80]}`.")
    value = own(inner)[setting] if nested else inner.get(setting, _default(catalogue, inner, setting))
    before = reference(value)
    if before is not None:
        raise WrongInput(f"`{setting}` of `{node}` is the block's own setting `{before}` already.")
    values = own(outer)
    values.setdefault(name, value)
    changed = {**inner, "settings": {**own(inner), setting: f"${name}"}} if nested else {**inner, setting: f"${name}"}
    new = _with_settings({**outer, "nodes": _with(nodes, changed)}, values)
    return Edited(_with(entries, new), f"{setting} of {node} is now the block's setting {name}.", (block,))


def _default(catalogue: Catalogue, inner: Entry, setting: str) -> Any:
    if setting in ("name", "kind", "inputs", "at"):
        raise WrongInput(f"`{setting}` is no setting of a layer.")
    return catalogue.default(inner["kind"], setting)


def lower(entries: Entries, block: str, name: str) -> Edited:
    """The block's own setting `name` back into the nodes that take it."""
    outer = _block(entries, block)
    values = own(outer)
    if name not in values:
        raise WrongInput(f"The block `{block}` has no setting `{str(name)[:80]}`.")
    value = values.pop(name)
    nodes = [_told(entry, {name: value}) for entry in inside(outer)]
    new = _with_settings({**outer, "nodes": nodes}, values)
    return Edited(_with(entries, new), f"{name} is no longer a setting of {block}.", (block,))


def _with_settings(block: Entry, values: dict[str, Any]) -> Entry:
    changed = {key: value for key, value in block.items() if key not in ("settings", "nodes", "inputs")}
    if values:
        changed["settings"] = values
    return {**changed, "nodes": block["nodes"], "inputs": block["inputs"]}


def _block(entries: Entries, name: str) -> Entry:
    entry = find(entries, name)
    if entry["kind"] != BLOCK:
        raise WrongInput(f"`{name}` is a layer, not a block.")
    return entry


def _with(entries: Entries, changed: Entry) -> Entries:
    return [changed if entry["name"] == changed["name"] else entry for entry in entries]


def _layers(number: int) -> str:
    return "1 layer" if number == 1 else f"{number} layers"


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
