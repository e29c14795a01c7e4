"""Containers of modules and lists: how they are made, named and filled."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from dlviz.network.read_builtins import LONGEST_RANGE
from dlviz.network.read_values import Chain, Made, Method, Own, Several, Unknown, plain

if TYPE_CHECKING:
    from dlviz.network.read_python import Reader


def container(reader: Reader, name: str, arguments: list[Any], line: int) -> Any:
    first = plain(arguments[0]) if len(arguments) == 1 else None
    if isinstance(first, Several):
        first = dict(first.items)
    if name == "ModuleList":
        items = reader.items(first) or []
        return Several(dict(enumerate(items)))
    pairs: list[tuple[Any, Any]] = []
    if isinstance(first, dict):
        pairs = list(first.items())
    elif isinstance(first, (list, tuple)):
        pairs = [(one[0], one[1]) for one in map(plain, first) if isinstance(one, (list, tuple)) and len(one) == 2]
    if name in ("OrderedDict", "ModuleDict"):
        named = {key: value for key, value in ((plain(key), value) for key, value in pairs) if isinstance(key, str)}
        return named if name == "OrderedDict" else Several(dict(named))
    if isinstance(first, dict):
        return Chain([(str(key), value) for key, value in first.items()], line=line)
    return Chain([(str(number), item) for number, item in enumerate(arguments)], line=line)


def stacked(arguments: list[Any], known: dict[str, Any], line: int) -> Chain:
    """torch's TransformerEncoder: copies of one layer in a row, each with its own weights."""
    layer: Made = arguments[0]
    times = plain(arguments[1] if len(arguments) > 1 else known.get("num_layers", 1))
    times = min(max(times, 1), 64) if type(times) is int else 1
    copies = [Made(layer.name, layer.arguments, layer.known, line, layer.drawn) for _ in range(times)]
    norm = plain(known.get("norm"))
    return Chain([(str(number), copy) for number, copy in enumerate([*copies, *([norm] if norm else [])])], line=line)


def put(own: Own, name: str, value: Any) -> None:
    """`self.name = value`: a module takes the name that it bears first."""
    own.attributes[name] = value
    label(value, name)


def label(value: Any, name: str) -> None:
    if isinstance(value, (Made, Own, Chain, Several)) and not value.label:
        value.label = name
    if isinstance(value, Several):
        for key, item in value.items.items():
            label(item, f"{name}_{key}")
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            label(item, f"{name}_{number}")


def of_method(reader: Reader, called: Method, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
    """A method of a list, of a container of modules, or of a module."""
    thing, name = called.thing, called.name
    first = plain(arguments[0]) if arguments else None
    match thing, name:
        case list(), "append" if arguments and len(thing) < LONGEST_RANGE:
            thing.append(arguments[0])
        case list(), "extend" if isinstance(first, (list, tuple)):
            thing.extend(first[: LONGEST_RANGE - len(thing)])
        case list(), "pop" if thing and not arguments:
            return thing.pop()
        case list(), "insert" if len(arguments) == 2 and type(first) is int:
            thing.insert(first, arguments[1])
        case Several(), "append":
            label(arguments[0], f"{thing.label}_{len(thing.items)}") if thing.label else None
            thing.items[len(thing.items)] = arguments[0]
        case Chain(), "append":
            thing.items.append((str(len(thing.items)), arguments[0]))
        case Several() | Chain(), "add_module" if len(arguments) == 2:
            if isinstance(thing, Chain):
                thing.items.append((str(first), arguments[1]))
            else:
                thing.items[str(first)] = arguments[1]
        case Own(), "add_module" | "register_module" if len(arguments) == 2 and isinstance(first, str):
            if thing.chain is not None:
                thing.chain.items.append((first, arguments[1]))
            else:
                put(thing, first, arguments[1])
        case ((dict() | Several()), "items" | "values" | "keys"):
            found = thing.items if isinstance(thing, Several) else thing
            return list(getattr(found, name)())
        case Own(), "children":
            return [part for part in thing.attributes.values() if isinstance(part, (Made, Own, Chain))]
        case (
            Made() | Own() | Chain() | Several(),
            "to" | "cuda" | "cpu" | "eval" | "train" | "float" | "requires_grad_",
        ):
            return thing
        case ((Own() | Made() | Chain()), "forward"):
            return reader.call(thing, arguments, known, it)
    return Unknown(name, it.lineno)
