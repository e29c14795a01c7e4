"""Lines of exported code: the call that makes a module, how its weights start, a plain value."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from torch import nn

from dlviz.layers.layer import INITS, Layer, WeightedLayer
from dlviz.network.code_modules import is_torch
from dlviz.network.marks import mark

#: The longest line of a class; a longer one is broken.
_WIDTH = 110


def call(layer: Layer, arguments: Mapping[str, Any], written: Mapping[str, str]) -> str:
    """`nn.Conv2d(1, 16, 3, padding='same')`: what torch requires by position, then what differs from its defaults.
    `written`: argument → the expression that stands for its value."""
    module = layer.module
    given = []
    in_order = True
    for name, parameter in list(inspect.signature(module.__init__).parameters.items())[1:]:
        if name not in arguments:
            in_order = False
            continue
        value = written.get(name) or plain(arguments[name])
        if parameter.default is inspect.Parameter.empty and in_order:
            given.append(value)
        elif name in written or arguments[name] != parameter.default:
            given.append(f"{name}={value}")
        else:
            in_order = False
    return f"{title(module)}({', '.join(given)})"


def title(module: type[nn.Module]) -> str:
    return f"nn.{module.__name__}" if is_torch(module) else module.__name__


def plain(value: Any) -> str:
    """The `repr` of a plain value; nothing else may enter code."""
    if isinstance(value, (list, tuple)):
        inner = [plain(item) for item in value]
        if isinstance(value, list):
            return f"[{', '.join(inner)}]"
        return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
    assert value is None or type(value) in (int, float, bool, str), value
    return repr(value)


def started(name: str, layer: Layer) -> list[str]:
    """The lines that set the weights of a layer."""
    if not isinstance(layer, WeightedLayer) or layer.init == "default":
        return []
    function, settings = INITS[layer.init]
    rest = "".join(f", {key}={plain(value)}" for key, value in settings.items())
    lines = [f"nn.init.{function}(self.{name}.weight{rest})"]
    if getattr(layer, "bias", False):
        lines.append(f"nn.init.zeros_(self.{name}.bias)")
    padding = getattr(layer, "padding_idx", None)
    if padding is not None:
        lines.append(f"nn.init.zeros_(self.{name}.weight[{plain(padding)}])")
    return lines


def wrapped(head: str, parts: list[str], tail: str = ")", indent: str = "") -> list[str]:
    """`head(part, part)` in one line, or the parts in a line of their own, or each."""
    together = ", ".join(parts)
    if len(indent) + len(head) + len(together) + len(tail) < _WIDTH:
        return [f"{head}({together}{tail}"]
    if len(indent) + len(together) + 4 <= _WIDTH:
        return [f"{head}(", f"    {together}", tail]
    return [f"{head}(", *(f"    {part}," for part in parts), tail]


def in_a_row(name: str, calls: list[str], several: bool) -> list[str]:
    """`self.stage = nn.Sequential(…)` of the copies of a block."""
    container = "Repeated" if several else "nn.Sequential"
    parts = list(calls)
    if len(set(calls)) == 1:
        parts = [f"*({calls[0]} for _ in range({len(calls)}))"]
    elif len(calls) > 2 and len(set(calls[1:])) == 1:
        parts = [calls[0], f"*({calls[1]} for _ in range({len(calls) - 1}))"]
    return wrapped(f"self.{name} = {container}", parts)


def remarked(lines: list[str], settings: Mapping[str, Any], name: str = "") -> list[str]:
    """The lines, with a comment on the last of what they do not say of the drawing."""
    said = mark(settings, name)
    return [*lines[:-1], f"{lines[-1]}  # {said}"] if said else lines
