"""In which settings several specs differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: What a spec says that is no setting.
_WORDS = ("title", "notes", "question", "version")
_KNOWN = {"lr": "learning rate"}


def flat(document: Mapping[str, Any]) -> dict[str, str]:
    """A spec's settings by place: `optimization.optimizer.lr` → "0.01"; a layer's by its name, a part's by its kind."""
    found: dict[str, str] = {}
    for key, value in document.items():
        if key not in _WORDS:
            _walk(key, value, found)
    return found


def _walk(place: str, value: Any, found: dict[str, str]) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in ("name", "at", "inputs", "field"):
                _walk(place if key == "kind" else f"{place}.{key}", inner, found)
    elif isinstance(value, (list, tuple)) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value):
            name = (item.get("name") or item.get("kind") or number) if isinstance(item, Mapping) else number
            _walk(f"{place}.{name}", item, found)
    elif isinstance(value, (list, tuple)):
        found[place] = ", ".join(map(str, value)) or "none"
    else:
        found[place] = _said(value)


def _said(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float) and float(f"{value:g}") == value:
        return f"{value:g}"
    return str(value)


def differing(documents: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The places at which the specs differ, with what each says there ("–": nothing). Where networks have different
    layers, their layers are told in one line, and setting by setting only of those that all have."""
    flats = [flat(document) | layers(document) for document in documents]
    places = list(dict.fromkeys(place for each in flats for place in each))
    rows = {place: [each.get(place, "–") for each in flats] for place in places}
    return {
        place: said
        for place, said in rows.items()
        if len(set(said)) > 1 and not (place.count(".") > 1 and place.startswith("networks.") and "–" in said)
    }


def worded(place: str) -> str:
    """A place as people say it: `optimization.optimizer.lr` → "Optimizer · learning rate", `training.batch_size` →
    "Batch size", `networks.model` → "Layers"; a layer is called by its own name: "fc1 · out features"."""
    section, *rest = place.split(".")
    if section == "networks" and len(rest) == 1:
        return "Layers" if rest[0] == "model" else f"Layers of the {rest[0]}"
    if section == "networks" and rest[0] == "model":
        rest = rest[1:]
    elif section == "optimization" and len(rest) > 1 and rest[0] in ("regularizers", "augmentations"):
        rest = rest[1:]
    elif section not in ("networks", "optimization", "training"):
        rest = [section, *rest]
    said = [rest[0], *(_KNOWN.get(name, name.replace("_", " ")) for name in rest[1:])]
    if section not in ("networks", "optimization") or len(rest) == 1 or rest[0] in ("optimizer", "schedule"):
        said[0] = said[0].replace("_", " ").capitalize()
    return " · ".join(said)


def layers(document: Mapping[str, Any]) -> dict[str, str]:
    """Each network's layers in a line: `networks.model` → "Input, Linear, ReLU, Linear"."""
    networks = document.get("networks") or {}
    return {
        f"networks.{role}": ", ".join(str(node.get("kind")) for node in nodes if isinstance(node, Mapping))
        for role, nodes in networks.items()
    }
