"""Edits of one node: its settings, its name, its kind."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.ui.board.catalogue import Catalogue
from dlviz.ui.board.edited import Edited
from dlviz.ui.board.entries import BLOCK, Entries, Entry, find, fresh, names, settings, swapped
from dlviz.ui.board.lifted import resolved

_CLASS = re.compile(r"[A-Z][A-Za-z0-9_]{0,63}")


def change(
    entries: Entries,
    catalogue: Catalogue,
    name: str,
    new: Mapping[str, Any],
    around: Mapping[str, Any],
    none: Collection[str] = (),
) -> Edited:
    """The node `name` with some settings replaced; None puts one back to its default, and a layer's settings in `none`
    are nothing, which is a value where the default is another. A block's settings are those lifted out of it.
    `around`: what the settings of the block around it stand for. Raises `WrongInput` in the layer's own words where it
    cannot take a value."""
    entry = find(entries, name)
    changed = _block(entry, catalogue, new) if entry["kind"] == BLOCK else _layer(entry, new, none)
    before = catalogue.faults(resolved(entry, around))
    for fault in catalogue.faults(resolved(changed, around)):
        if fault not in before:
            raise WrongInput(fault)
    what = ", ".join(
        f"{key.replace('_', ' ')} {_shown(value)}" for key, value in [*new.items(), *((key, "nothing") for key in none)]
    )
    return Edited(_with(entries, changed), f"{name}: {what}." if what else f"{name} unchanged.", (name,))


def _layer(entry: Entry, new: Mapping[str, Any], none: Collection[str] = ()) -> Entry:
    kept = {key: value for key, value in settings(entry).items() if key not in new}
    own = {**kept, **{key: value for key, value in new.items() if value is not None}}
    own |= {key: None for key in none}
    for key in (*new, *none):
        if key in ("name", "kind", "inputs", "at"):
            raise WrongInput(f"`{key}` is no setting of a layer.")
    return {"name": entry["name"], "kind": entry["kind"], **own, **_rest(entry)}


def _block(entry: Entry, catalogue: Catalogue, new: Mapping[str, Any]) -> Entry:
    own = dict(entry.get("settings") or {})
    for key, value in new.items():
        if key not in own:
            known = ", ".join(own) or "none"
            raise WrongInput(f"The block {entry.get('title', '')} has no setting `{key}`. It has: {known}.")
        own[key] = catalogue.default_of_block(str(entry.get("title", "")), key) if value is None else value
    return {**entry, "settings": own}


def rename(entries: Entries, catalogue: Catalogue, name: str, new: str) -> Edited:
    """The node `name` called `new`, wherever it is read. Raises `WrongInput` for a name that cannot stand."""
    find(entries, name)
    if new != name and new in names(entries):
        raise WrongInput(f"Each layer needs a name of its own; `{new}` is taken.")
    if new != name and not catalogue.is_name(new):
        raise WrongInput(
            "A layer's name is letters, digits and _, starts with a letter, and is no word that Python or torch uses "
            f"itself: it names a line of code. Received: {new[:80]!r}."
        )
    return Edited(_renamed(entries, name, new), f"{name} is now called {new}.", (new,))


def _renamed(entries: Entries, name: str, new: str) -> Entries:
    return [
        {
            **entry,
            "name": new if entry["name"] == name else entry["name"],
            "inputs": swapped(entry["inputs"], name, new),
        }
        if entry["name"] == name or name in entry["inputs"]
        else entry
        for entry in entries
    ]


def retitle(entries: Entries, name: str, title: str) -> Edited:
    """The block `name` with another title: the name of its class in the code."""
    entry = find(entries, name)
    if entry["kind"] != BLOCK:
        raise WrongInput(f"`{name}` is a layer; only a block has a title.")
    return Edited(_with(entries, {**entry, "title": class_name(title)}), f"{name} is now a {title}.", (name,))


def class_name(text: str) -> str:
    """A block's title, checked."""
    if not isinstance(text, str) or not _CLASS.fullmatch(text):
        raise WrongInput(
            "A block's title is letters and digits and starts with a capital, like `Residual`: it names a class in "
            f"the code. Received: {str(text)[:80]!r}."
        )
    return text


def replace(entries: Entries, catalogue: Catalogue, name: str, kind: str, around: Mapping[str, Any]) -> Edited:
    """The node `name` as another kind of layer. It keeps what both know: settings, as far as the new kind takes them,
    inputs, readers, place. A name that only said the old kind gives way to the new one."""
    entry = find(entries, name)
    made = {"name": name, **catalogue.clicked(kind)}
    for key, value in (settings(entry) if entry["kind"] != BLOCK else {}).items():
        tried = {**made, key: value}
        if not catalogue.faults(resolved(tried, around)):
            made = tried
    most = catalogue.takes(made)[1]
    changed = _with(entries, {**made, **_rest(entry), "inputs": list(entry["inputs"][:most])})
    said_kind = re.fullmatch(rf"{re.escape(str(entry.get('title') or entry['kind']).lower())}(_\d+)?", name)
    new = fresh(kind.lower(), [other for other in names(entries) if other != name]) if said_kind else name
    return Edited(_renamed(changed, name, new), f"{name} is now a {kind}.", (new,))


def _with(entries: Entries, changed: Entry) -> Entries:
    return [changed if entry["name"] == changed["name"] else entry for entry in entries]


def _rest(entry: Entry) -> dict[str, Any]:
    return {"inputs": list(entry["inputs"]), **({"at": entry["at"]} if entry.get("at") is not None else {})}


def _shown(value: Any) -> str:
    if value is None:
        return "as by default"
    if isinstance(value, bool):
        return "on" if value else "off"
    return " × ".join(str(each) for each in value) if isinstance(value, list) else str(value)[:60]
