"""A layer's settings in a few words, for its card: `16 filters · 3 × 3`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from dlviz.core.setting import Setting
from dlviz.core.shape import FREE, Flags, Ids, Shape
from dlviz.ui.board.catalogue import layer_of
from dlviz.ui.board.lifted import reference

#: How a setting is said where its name and value would be longer; `{}` is the value.
_SAID = {
    "out_channels": "{} filters",
    "out_features": "{} neurons",
    "hidden_size": "{} units",
    "embedding_dim": "{} numbers",
    "num_heads": "{} heads",
    "nhead": "{} heads",
    "kernel_size": "{}",
    "output_size": "to {}",
    "scale_factor": "{} times as large",
    "num_layers": "{} layers",
    "p": "{} dropped",
    "dropout": "{} dropped",
    "shape": "{}",
}
_AT_TWO = ("kernel_size", "output_size")


@cache
def settings_of(kind: str) -> tuple[tuple[Setting, ...], int]:
    """The settings of a kind of layer, and how many directions it slides over (0: it does not)."""
    part = layer_of(kind)
    if part is None:
        return (), 0
    return tuple(part.settings()), max((len((0,) * number) - 1 for number in part.dimensions), default=0)


def brief(kind: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without those at their default."""
    known = {setting.name: setting for setting in settings_of(kind)[0]}
    return {name: value for name, value in settings.items() if name not in known or _differs(value, known[name])}


def _differs(value: Any, setting: Setting) -> bool:
    default = list(setting.default) if isinstance(setting.default, tuple) else setting.default
    return setting.required or type(value) is not type(default) or value != default


def summary(kind: str, settings: Mapping[str, Any], most: int = 2) -> str:
    """The plain settings, and advanced ones where they differ from their default."""
    known, directions = settings_of(kind)
    first, rest = list[str](), list[str]()
    for setting in known:
        value = settings.get(setting.name, setting.default)
        if value is None or value == "":
            continue
        if setting.name in _SAID and not setting.advanced:
            first.append(_said(setting, value, directions))
        elif _differs(value, setting):
            rest.append(_said(setting, value, directions))
    return " · ".join([*first, *rest][:most])


def _said(setting: Setting, value: Any, directions: int) -> str:
    name = reference(value)
    if name is not None:
        return f"{setting.label}: {name}"
    if isinstance(value, bool):
        return setting.label if value else f"no {setting.label}"
    if setting.name in ("p", "dropout") and isinstance(value, float):
        return f"{100 * value:g} % dropped"
    if setting.name in _AT_TWO and isinstance(value, int) and directions == 2:
        value = [value, value]
    text = " × ".join(str(each) for each in value) if isinstance(value, (list, tuple)) else str(value)
    return _SAID[setting.name].format(text) if setting.name in _SAID else f"{setting.label} {text}"


def dims(shape: Shape | None) -> str:
    """A shape as people read it: `16 × 8 × 8`, `1 number`, `40 words`; nothing where it is not known."""
    if shape is None:
        return ""
    sizes = " × ".join(str(size) if size != FREE else "any" for size in shape)
    if isinstance(shape, Ids):
        return f"{sizes} ids"
    if isinstance(shape, Flags):
        return f"{sizes} flags"
    return sizes or "1 number"
