"""Settings lifted out under a name: found in the entries of a block, and put back in those of a whole network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlviz.network.read_values import plain, written


def lifted(nodes: Sequence[Mapping[str, Any]]) -> set[str]:
    """The names that settings of these nodes are lifted out under."""
    values = [value for entry in nodes for value in _values(entry)]
    return {value[1:] for value in values if isinstance(value, str) and value.startswith("$")}


def _values(entry: Mapping[str, Any]) -> list[Any]:
    return list(entry.get("settings", {}).values()) if entry["kind"] == "Block" else list(entry.values())


def lowered(nodes: list[dict[str, Any]], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The nodes with each "$name" replaced by its value: nothing is lifted out of a whole network."""

    def filled(settings: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: written(plain(values[value[1:]]))
            if isinstance(value, str) and value.startswith("$") and value[1:] in values
            else value
            for name, value in settings.items()
        }

    return [
        {**entry, "settings": filled(entry["settings"])} if "settings" in entry else filled(entry) for entry in nodes
    ]
