"""Expressions: what a name, an attribute, a part, a list or a text gives. What cannot be known is told as such."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from dlviz.network import read_tensors
from dlviz.network.read_arithmetic import LONGEST_LIST, combined, compared, signed
from dlviz.network.read_classes import method
from dlviz.network.read_values import (
    Chain,
    Dotted,
    Made,
    Method,
    Own,
    Several,
    Side,
    Sizes,
    State,
    Super,
    Tensor,
    Unknown,
    Weight,
    is_plain,
    plain,
)

if TYPE_CHECKING:
    from dlviz.network.read_python import Reader, Scope

_LIBRARIES = {"nn": "torch.nn", "F": "torch.nn.functional", "torch": "torch"}


def evaluated(reader: Reader, it: ast.expr, scope: Scope) -> Any:
    match it:
        case ast.Constant():
            return it.value if is_plain(it.value) else Unknown("…", it.lineno)
        case ast.Name():
            return _named(reader, it, scope)
        case ast.Tuple() | ast.List():
            items = reader.all(it.elts, scope)
            return tuple(items) if isinstance(it, ast.Tuple) else items
        case ast.Dict():
            return _dict(reader, it, scope)
        case ast.Attribute():
            return _attribute(reader, reader.value(it.value, scope), it.attr, it)
        case ast.Call():
            return _call(reader, it, scope)
        case ast.BinOp():
            return combined(reader, it.op, reader.value(it.left, scope), reader.value(it.right, scope), it)
        case ast.UnaryOp():
            return signed(reader, it, scope)
        case ast.Compare(ops=[operation], comparators=[other]):
            return compared(reader, operation, reader.value(it.left, scope), reader.value(other, scope), it)
        case ast.BoolOp():
            return _either(reader, it, scope)
        case ast.IfExp():
            test = reader.truth(reader.value(it.test, scope))
            return Unknown("…", it.lineno) if test is None else reader.value(it.body if test else it.orelse, scope)
        case ast.Subscript():
            return _part(reader, it, scope)
        case ast.ListComp() | ast.GeneratorExp():
            return _comprehended(reader, it, scope)
        case ast.JoinedStr():
            return _joined(reader, it, scope)
        case ast.Slice():
            parts = [reader.value(part, scope) if part else None for part in (it.lower, it.upper, it.step)]
            known = [plain(part) for part in parts]
            return slice(*known) if all(part is None or type(part) is int for part in known) else Unknown("…")
        case ast.Starred():
            return reader.value(it.value, scope)
    return Unknown(text_of(it), getattr(it, "lineno", 0))


def _dict(reader: Reader, it: ast.Dict, scope: Scope) -> Any:
    found = {}
    for key, value in zip(it.keys, it.values, strict=True):
        name = plain(reader.value(key, scope)) if key else None
        if not isinstance(name, (str, int)):
            return Unknown("…", it.lineno)
        found[name] = reader.value(value, scope)
    return found


def _named(reader: Reader, it: ast.Name, scope: Scope) -> Any:
    for names in (scope, reader.globals):
        if it.id in names:
            return names[it.id]
    return Dotted(_LIBRARIES.get(it.id, it.id))


def _attribute(reader: Reader, thing: Any, name: str, it: ast.expr) -> Any:
    thing = plain(thing)
    match thing:
        case Dotted():
            return Dotted(f"{thing.path}.{name}"[:200])
        case Own():
            if name in thing.attributes:
                return thing.attributes[name]
            found = method(reader, thing, name)
            return found if found is not None else Method(thing, name)
        case Tensor() if name == "shape":
            return Sizes(thing)
        case Tensor() if name in ("T", "mT"):
            return read_tensors.method(reader, thing, "transpose", [1, 2], {}, it)
        case Made() if name in ("weight", "bias"):
            return Weight(thing, name)
        case Several() if isinstance(thing.items.get(name), (Made, Own, Chain)):
            return thing.items[name]
        case Chain():
            return next((item for key, item in thing.items if key == name), Method(thing, name))
        case (Tensor(), *_) if name == "values":  # of x.max(dim=1)
            return thing[0]
    return Unknown(name, it.lineno) if isinstance(thing, Unknown) else Method(thing, name)


def _call(reader: Reader, it: ast.Call, scope: Scope) -> Any:
    if isinstance(it.func, ast.Name) and it.func.id == "super" and "super" not in scope:
        own, title = scope.get("self"), scope.get("__class__")
        return Super(own, title) if isinstance(own, Own) and isinstance(title, str) else Unknown("super()")
    called = reader.value(it.func, scope)
    arguments = reader.all(it.args, scope)
    known: dict[str, Any] = {}
    for word in it.keywords:
        value = reader.value(word.value, scope)
        if word.arg:
            known[word.arg] = value
        elif isinstance(plain(value), dict):
            known.update({key: item for key, item in plain(value).items() if isinstance(key, str)})
    return reader.call(called, arguments, known, it)


def _part(reader: Reader, it: ast.Subscript, scope: Scope) -> Any:
    thing, key = plain(reader.value(it.value, scope)), reader.value(it.slice, scope)
    key = plain(key)
    if isinstance(thing, Tensor):
        return read_tensors.part(reader, thing, key, it)
    if isinstance(thing, Sizes) and type(key) is int:
        return Side(thing.tensor, key)
    if isinstance(thing, State) and type(key) is int:
        return read_tensors.last_state(reader, thing, key, it)
    if isinstance(thing, Chain) and isinstance(key, slice):
        return Chain(thing.items[key], thing.label, it.lineno)
    if isinstance(thing, (Chain, Several)) and isinstance(key, (int, str)):
        found = dict(thing.items) if isinstance(thing, Several) else {n: m for n, (_, m) in enumerate(thing.items)}
        key = key + len(found) if isinstance(key, int) and key < 0 else key
        return found.get(key, Unknown(text_of(it), it.lineno))
    if isinstance(thing, (list, tuple, dict)) and isinstance(key, (int, str, slice)):
        try:
            return thing[key]  # type: ignore[index]
        except (KeyError, IndexError, TypeError, ValueError):
            pass
    return Unknown(text_of(it), it.lineno)


def _comprehended(reader: Reader, it: ast.ListComp | ast.GeneratorExp, scope: Scope) -> Any:
    found: list[Any] = []

    def descend(place: int, names: Scope) -> bool:
        if place == len(it.generators):
            if len(found) < LONGEST_LIST:
                found.append(reader.value(it.elt, names))
            return True
        loop = it.generators[place]
        items = reader.items(reader.value(loop.iter, names))
        if items is None:
            return False
        for item in items:
            reader.notes.step()
            reader.bind(loop.target, item, names)
            if all(reader.truth(reader.value(test, names)) for test in loop.ifs) and not descend(place + 1, names):
                return False
        return True

    return found if descend(0, dict(scope)) else Unknown(text_of(it), it.lineno)


def _joined(reader: Reader, it: ast.JoinedStr, scope: Scope) -> Any:
    text = ""
    for part in it.values:
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        value = plain(reader.value(inner, scope))
        if not isinstance(value, (str, int, float)):
            return Unknown("…", it.lineno)
        text += str(value)
    return text[:200]


def _either(reader: Reader, it: ast.BoolOp, scope: Scope) -> Any:
    value: Any = None
    for part in it.values:
        value = reader.value(part, scope)
        truth = reader.truth(value)
        if truth is None:
            return Unknown("…", it.lineno)
        if truth == isinstance(it.op, ast.Or):
            return value
    return value


def text_of(it: ast.AST) -> str:
    """How a name is written; longer expressions are not written out again."""
    it = it.func if isinstance(it, ast.Call) else it
    return ast.unparse(it)[:60] if isinstance(it, ast.Name) or _is_short(it) else "…"


def _is_short(it: ast.AST) -> bool:
    return (
        isinstance(it, ast.Attribute)
        and isinstance(it.value, (ast.Name, ast.Attribute))
        and (isinstance(it.value, ast.Name) or _is_short(it.value))
    )
