"""Settings that name something of a run (a layer, a class, a column), as menus of what there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from dlviz.core.choice import Choice, Known
from dlviz.core.part import Part
from dlviz.core.setting import Setting
from dlviz.ui.field import Menu, follow, follow_among, same, shown

#: What names a layer by its name.
_LAYERS = ("layer", "map", "inner", "muted", "weights")
#: A menu longer than this can be searched; so many units are listed one by one.
_LONG, _UNITS = 8, 2000


def idle(part: type[Part], setting: Setting, document: Mapping[str, Any], known: Known) -> bool:
    """Whether a setting means nothing in this run: it names what there is not (the column of a picture, the unit of a
    layer that is not chosen), or is for another sort of input."""
    if setting.only and known.get("input") and not {one.value for one in known["input"]} & set(setting.only):
        return True
    if setting.names == "unit" and known:
        return _layer(part, document, known) is None
    return setting.names in known and not known[setting.names]


def named(part: type[Part], setting: Setting, document: Mapping[str, Any], known: Known) -> Menu | None:
    """The menu for a setting that names something of the run; None where it names nothing, or nothing is known."""
    if setting.names == "unit":
        layer = _layer(part, document, known)
        return partial(_unit, setting, layer.many) if layer is not None and layer.many else None
    if setting.names == "units":
        return partial(_units, known["muted"]) if known.get("muted") else None
    choices = known.get(setting.names, ())
    if not choices or setting.names in ("number", "example"):
        return None
    return partial(_several if setting.type == "texts" else _one, setting, choices)


def _layer(part: type[Part], document: Mapping[str, Any], known: Known) -> Choice | None:
    """The layer that the part's other setting names; None while that stands at its default."""
    for setting in part.settings():
        if setting.names in _LAYERS:
            wanted = document.get(setting.name, setting.default)
            return next((choice for choice in known.get(setting.names, ()) if choice.value == wanted), None)
    return None


def _one(setting: Setting, choices: Sequence[Choice], label: str, help: str, now: Any, key: str) -> Any:
    """The default first, then what there is; a value that came from elsewhere stays, for the part to refuse."""
    names = {choice.value: choice.label for choice in choices}
    options = [setting.default, *(value for value in names if value != setting.default)]
    if now not in options:
        options.append(now)
    usual = f"{setting.usual or shown(setting.default)} (default)"
    return st.selectbox(
        label, options, index=follow_among(key, options, now), key=key, help=help,
        format_func=lambda value: usual if same(value, setting.default) else names.get(value, f"{value} (not here)"),
        filter_mode="contains" if len(options) > _LONG else None,
    )  # fmt: skip


def _several(setting: Setting, choices: Sequence[Choice], label: str, help: str, now: Any, key: str) -> list[Any]:
    chosen = list(now or [])
    names = {choice.value: choice.label for choice in choices}
    names |= {value: f"{value} (not here)" for value in chosen if value not in names}
    at = follow(key, chosen)
    return st.multiselect(
        label, list(names), default=at, key=key, help=help, format_func=names.__getitem__, placeholder="none"
    )


def _unit(setting: Setting, many: int, label: str, help: str, now: Any, key: str) -> Any:
    """A number within the layer; empty: as it comes. One that only the layer chosen before had is let go."""
    at = follow(key, now if isinstance(now, int) and now < many else None)
    value = st.number_input(
        f"{label} (0 to {many - 1})", min_value=0, max_value=many - 1, value=at, step=1, key=key, help=help,
        format="%d", placeholder=shown(setting.default),
    )  # fmt: skip
    return value if value is not None else setting.default


def _units(layers: Sequence[Choice], label: str, help: str, now: str, key: str) -> str:
    """Single units and whole layers, kept as one text: `conv1:3, linear`."""
    chosen = [piece for piece in (piece.strip() for piece in str(now).split(",")) if piece]
    names = {layer.value: f"{layer.value} · all {layer.many}" for layer in layers}
    listed = sum(layer.many for layer in layers) <= _UNITS
    if listed:
        names |= {f"{one.value}:{unit}": f"{one.value} · {unit}" for one in layers for unit in range(one.many)}
    at = follow(key, chosen)
    return ", ".join(
        st.multiselect(
            label,
            list(dict.fromkeys([*names, *chosen])),
            default=at,
            key=key,
            help=help,
            accept_new_options=not listed,
            format_func=lambda unit: names.get(unit, unit),
            placeholder="each unit in turn" if listed else "a layer, or layer:number",
        )  # fmt: skip
    )
