"""Copied nodes as text: `{"dlviz": "nodes", "nodes": [entries with inputs]}`. The text may come from anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.ui.board.catalogue import Catalogue
from dlviz.ui.board.edited import Edited
from dlviz.ui.board.entries import BLOCK, Entries, Entry, explicit, inside, names, ordered
from dlviz.ui.board.lifted import own, reference, resolved
from dlviz.ui.board.place import attach

LONGEST = 1_000_000
MOST_NODES = 1000


def copied(text: str) -> Entries:
    """The entries in a copied text, checked for their form. Raises `WrongInput`."""
    wrong = WrongInput("The clipboard holds no layers. Copy some on a drawing board first.")
    if not isinstance(text, str) or len(text) > LONGEST:
        raise wrong
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise wrong from None
    if not isinstance(found, dict) or found.get("dlviz") != "nodes" or not isinstance(found.get("nodes"), list):
        raise wrong
    if not found["nodes"] or len(found["nodes"]) > MOST_NODES:
        raise WrongInput(f"1 to {MOST_NODES} layers can be pasted at once. Received: {len(found['nodes'])}.")
    for node in found["nodes"]:
        if not isinstance(node, dict) or not isinstance(node.get("kind"), str):
            raise wrong
    entries = explicit(found["nodes"])
    if len(set(names(entries))) < len(entries):
        raise WrongInput("The copied layers must have different names.")
    return ordered(entries)


def paste(
    entries: Entries,
    catalogue: Catalogue,
    text: str,
    *,
    after: str | None = None,
    at: tuple[float, float] | None = None,
    around: Mapping[str, Any] | None = None,
) -> Edited:
    """The copied nodes under names that are free. What they read from outside the copy is `after`; without it, they
    are not connected. With `at`, the upper left one of those that were placed by hand comes there."""
    new = [_without_strangers(entry, around or {}) for entry in copied(text)]
    for entry in new:
        if not catalogue.is_name(entry["name"]):
            raise WrongInput(f"A copied layer bears a name that cannot stand: {entry['name'][:80]!r}.")
        for fault in catalogue.faults(resolved(entry, around or {})):
            raise WrongInput(f"`{entry['name']}` cannot be pasted. {fault}")
    return attach(entries, catalogue, [_placed(entry, new, at) for entry in new], after=after)


def _placed(entry: Entry, all: Entries, at: tuple[float, float] | None) -> Entry:
    """Moved with all others so that they stand at `at`; a place without `at` would lie on the original's."""
    places = [each["at"] for each in all if _is_place(each.get("at"))]
    if at is not None and len(all) == 1:
        return {**entry, "at": list(at)}
    if at is None or not _is_place(entry.get("at")):
        return {key: value for key, value in entry.items() if key != "at"}
    left, top = (min(place[axis] for place in places) for axis in (0, 1))
    return {**entry, "at": [entry["at"][0] - left + at[0], entry["at"][1] - top + at[1]]}


def _is_place(at: object) -> bool:
    return isinstance(at, list) and len(at) == 2 and all(type(each) in (int, float) for each in at)


def _without_strangers(entry: Entry, around: Mapping[str, Any]) -> Entry:
    """Settings that were lifted out of a block that is not here are left out: at their default."""

    def kept(value: Any) -> bool:
        name = reference(value)
        return name is None or name in around

    if entry["kind"] == BLOCK:
        strange = {key: value for key, value in own(entry).items() if not kept(value)}
        if not strange:
            return entry
        nodes = [
            {key: value for key, value in inner.items() if reference(value) not in strange} for inner in inside(entry)
        ]
        rest = {key: value for key, value in own(entry).items() if key not in strange}
        return {**entry, "settings": rest, "nodes": nodes}
    return {key: value for key, value in entry.items() if kept(value)}
