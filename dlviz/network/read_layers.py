"""From a call of torch (`nn.Conv2d(1, 8, 3)`) to a layer's settings, by the signature of what is called."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

from torch import nn

from dlviz.core.problems import Problems, nearest
from dlviz.layers.layer import Layer
from dlviz.network.code_modules import is_torch_name
from dlviz.network.read_notes import Notes
from dlviz.network.read_values import Made, bare, is_plain, plain, written

#: Sizes of the input, which dlviz infers.
INFERRED = frozenset(
    ["in_features", "in_channels", "num_features", "num_channels", "input_size", "embed_dim", "d_model", "kdim", "vdim",
     "in1_features", "in2_features", "steps", "features"]
)  # fmt: skip
#: Arguments that change no number that comes out.
_HARMLESS = frozenset(["inplace", "device", "track_running_stats", "batch_first", "training", "kind"])
_CELL = ("input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional", "proj_size")
#: Where torch's own signature is `*args, **kwargs`.
_SIGNATURES = {
    "LSTM": _CELL,
    "GRU": _CELL,
    "RNN": (*_CELL[:3], "nonlinearity", *_CELL[3:7]),
}
_MISSING = object()


def kind_of(made: Made) -> type[Layer] | None:
    """The layer that makes such a module."""
    kinds = Layer.kinds()
    if made.module is not None:
        fitting = [kind for kind in kinds.values() if getattr(kind, "module", None) is made.module]
        if len(fitting) > 1:  # one module behind several layers is told which
            name = plain(bound(made).get("kind"))
            fitting = [kind for kind in fitting if kind.kind() == name]
        return fitting[0] if fitting else None
    name = made.name.removeprefix("Lazy") if is_torch_name(made.name) else made.name
    module = getattr(nn, name, None)
    fitting = [kind for kind in kinds.values() if module is not None and getattr(kind, "module", None) is module]
    named = kinds.get(name)
    return named if named in fitting or (named is not None and not fitting) else next(iter(fitting), None)


def bound(made: Made) -> dict[str, Any]:
    """The arguments by name; those that have none under "*"."""
    names = parameters(made)
    found = dict(zip(names, made.arguments, strict=False))
    found.update(made.known)
    if len(made.arguments) > len(names):
        found["*"] = made.arguments[len(names) :]
    return found


def parameters(made: Made) -> tuple[str, ...]:
    """What the module takes, in torch's order."""
    if made.module is None and made.name in _SIGNATURES:
        return _SIGNATURES[made.name]
    return tuple(_signature(made.module or getattr(nn, made.name, None)))


def _signature(module: type[nn.Module] | None) -> dict[str, Any]:
    """Name → default of each argument; `_MISSING` where there is none."""
    if module is None:
        return {}
    if module not in _KNOWN:
        _KNOWN[module] = _inspected(module)
    return _KNOWN[module]


_KNOWN: dict[type[nn.Module], dict[str, Any]] = {}


def _inspected(module: type[nn.Module]) -> dict[str, Any]:
    known = list(inspect.signature(module.__init__).parameters.values())[1:]
    return {
        parameter.name: _MISSING if parameter.default is inspect.Parameter.empty else parameter.default
        for parameter in known
        if parameter.kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    }


def layer_entry(made: Made, notes: Notes) -> dict[str, Any] | None:
    """`{kind, settings…}` as a document has it, settings at their default left out; None where dlviz has no such
    layer. What cannot be kept is noted."""
    kind = kind_of(made)
    if kind is None:
        hint = nearest(made.name, [name for name in Layer.kinds() if name not in ("Input", "Block")])
        notes.add(made.line, f"dlviz has no layer for `{made.name}`, so it is left out. {hint if '?' in hint else ''}")
        return None
    settings = _settings(made, kind, notes)
    if made.init != "default" and "init" in kind.model_fields:
        settings["init"] = made.init
    settings.update({name: value for name, value in made.drawn.items() if name in kind.model_fields})
    return checked_entry(kind, settings, notes, made.line)


def _settings(made: Made, kind: type[Layer], notes: Notes) -> dict[str, Any]:
    """The settings that a call says; what is not said keeps torch's default where the layer has another."""
    given = bound(made)
    if given.pop("*", None):
        notes.add(made.line, f"{made.name} takes fewer arguments than stand here; those beyond are left out.")
    settings: dict[str, Any] = {}
    for name, value in given.items():
        if name == "num_embeddings" or (name == "normalized_shape" and is_whole(value)):
            continue  # dlviz takes the vocabulary's size; all of the last dimension, or of a picture
        if name in kind.model_fields:
            if is_plain(value):
                settings[name] = written(value)
            elif name in ("out_features", "out_channels"):
                settings[name] = "auto"
                notes.add(
                    made.line, f"What `{name}` is cannot be known from the text; it is `auto`, what the task needs."
                )
            else:
                notes.add(made.line, f"What `{name}` is cannot be known from the text; it keeps its default.")
        elif name not in INFERRED and name not in _HARMLESS and not _is_default(made, name, value):
            notes.add(made.line, f"dlviz's {kind.kind()} has no `{name}`, so {_shown(value)} is left out.")
    if "batch_first" in parameters(made) and plain(given.get("batch_first", False)) is not True and not made.printed:
        notes.add(made.line, f"In dlviz the batch comes first, as with `batch_first=True` of {made.name}.")
    defaults = _signature(made.module or getattr(nn, made.name, None))
    for name, info in kind.model_fields.items():  # torch's defaults hold where a layer of dlviz has friendlier ones
        standard = defaults.get(name, _MISSING)
        if name in given or standard is _MISSING or not is_plain(standard):
            continue
        if bare(standard) != bare(info.get_default()) and name not in settings:
            settings[name] = bare(standard)
    return _tidied(settings) if made.printed else settings


def _tidied(settings: dict[str, Any]) -> dict[str, Any]:
    """A printout writes (3, 3) where the code said 3, and a stride that nobody gave."""
    for name, value in settings.items():
        if isinstance(value, list) and len(value) > 1 and len(set(map(str, value))) == 1 and name != "shape":
            settings[name] = value[0]
        elif isinstance(value, list) and len(value) == 1 and name in ("kernel_size", "stride", "padding", "dilation"):
            settings[name] = value[0]
    if settings.get("stride") == settings.get("kernel_size") and "ceil_mode" in settings:
        settings.pop("stride", None)  # of a pooling: its window's size, unless said otherwise
    return settings


def is_whole(value: Any) -> bool:
    sizes = plain(value)
    return type(sizes) is int or (isinstance(sizes, (list, tuple)) and len(sizes) in (1, 3))


def _is_default(made: Made, name: str, value: Any) -> bool:
    standard = _signature(made.module or getattr(nn, made.name, None)).get(name, _MISSING)
    if standard is _MISSING and made.name in _SIGNATURES:
        standard = 0
    return standard is not _MISSING and is_plain(value) and bare(value) == bare(standard)


def checked_entry(kind: type[Layer], settings: Mapping[str, Any], notes: Notes, line: int) -> dict[str, Any] | None:
    """The entry of a layer, each setting checked; a wrong one is noted and keeps its default. One that is written
    "$name" is checked where its block is."""
    lifted = {name: value for name, value in settings.items() if isinstance(value, str) and value.startswith("$")}
    own = {name: value for name, value in settings.items() if name not in lifted}
    for _ in range(len(own) + 1):
        problems = Problems()
        layer = kind.from_settings(own, "", problems)
        if layer is not None:
            brief = layer.document(brief=True)
            return {**brief, **lifted}
        for problem in problems:
            name = problem.place.strip(".").partition(".")[0]
            value = own.pop(name, _MISSING)
            if value is not _MISSING:
                notes.add(line, f"`{name}={_shown(value)}` of {kind.kind()} is left out: it {problem.message}")
                break
        else:
            own = {}
    return {"kind": kind.kind(), **lifted}


def _shown(value: Any) -> str:
    text = json.dumps(bare(value)) if is_plain(value) else "it"
    return text if len(text) <= 40 else text[:37] + "…"
