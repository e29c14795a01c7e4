"""Settings that are lifted out of a block: `"$channels"` inside takes the block's own setting `channels`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlviz.ui.board.entries import BLOCK, Entry, find, settings
from dlviz.ui.board.scope import Networks, entries_at


def reference(value: object) -> str | None:
    """The block's setting that a value takes, or None."""
    return value[1:] if isinstance(value, str) and value.startswith("$") and len(value) > 1 else None


def resolved(entry: Entry, around: Mapping[str, Any]) -> Entry:
    """The entry with each reference replaced by what it stands for; a block's inside is left to the block."""
    if not around:
        return entry
    if entry["kind"] == BLOCK:
        times = {"repeat": _value(entry["repeat"], around)} if "repeat" in entry else {}
        return {**entry, **times, "settings": {key: _value(value, around) for key, value in own(entry).items()}}
    return {**entry, **{key: _value(value, around) for key, value in settings(entry).items()}}


def _value(value: Any, around: Mapping[str, Any]) -> Any:
    name = reference(value)
    return around[name] if name is not None and name in around else value


def own(entry: Entry) -> dict[str, Any]:
    """A block's own settings."""
    found = entry.get("settings")
    return dict(found) if isinstance(found, Mapping) else {}


def around(networks: Networks, scope: str) -> dict[str, Any]:
    """What the settings of the block at `scope` stand for; empty for a whole network."""
    role, *blocks = scope.split(".")
    entries, known = entries_at(networks, role), dict[str, Any]()
    for name in blocks:
        entry = find(entries, name)
        known = own(resolved(entry, known))
        entries = entry["nodes"]
    return known


def uses(entry: Entry) -> dict[str, str]:
    """The settings of a block's inside that are lifted: `conv1.out_channels` → `channels`."""
    found: dict[str, str] = {}
    for inner in entry.get("nodes") or []:
        block = inner["kind"] == BLOCK
        values = {**own(inner), "repeat": inner.get("repeat", 1)} if block else settings(inner)
        for key, value in values.items():
            name = reference(value)
            if name is not None:
                found[f"{inner['name']}.{key}"] = name
    return found
