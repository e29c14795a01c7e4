"""Classes of the text: their objects, what `__init__` gives them, their methods and what they inherit."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dlviz.network.marks import marked
from dlviz.network.read_containers import container
from dlviz.network.read_values import Function, Method, Own, Param, Super, Unknown, is_plain, plain

if TYPE_CHECKING:
    from dlviz.network.read_python import Reader, Scope


def of_class(reader: Reader, title: str, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Own:
    """An object of a class of the text: its `__init__` is read."""
    own = Own(title, methods_of(reader, title), line=it.lineno, drawn=drawn(reader, it))
    own.called = marked(reader.comments.get(reader.classes[title].lineno, ""))[0] or title
    _constants(reader, own, title)
    _init(reader, own, title, arguments, known)
    return own


def drawn(reader: Reader, it: ast.expr) -> Mapping[str, Any]:
    """What the comment on the line of a call says of the drawing."""
    for line in (it.end_lineno or it.lineno, it.lineno):
        settings = marked(reader.comments.get(line, ""))[1]
        if settings:
            return settings
    return {}


def _constants(reader: Reader, own: Own, title: str) -> None:
    """What stands in the class's body (`expansion = 4`), for all its objects."""
    base = base_of(reader, title)
    if base in reader.classes and base != title:
        _constants(reader, own, base)
    for part in reader.classes[title].body:
        match part:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant() | ast.UnaryOp() | ast.BinOp() as value):
                own.attributes[name] = reader.value(value, {})


def _init(reader: Reader, own: Own, title: str, arguments: list[Any], known: dict[str, Any]) -> None:
    code = next((part for part in reader.classes[title].body if _is(part, "__init__")), None)
    if code is None:
        base = base_of(reader, title)
        if base in reader.classes:
            _init(reader, own, base, arguments, known)
        elif base == "Sequential":
            own.chain = container(reader, "Sequential", arguments, own.line)
        return
    assert isinstance(code, ast.FunctionDef)
    scope = arguments_of(reader, code, [own, *arguments], known)
    if own.title == title:
        remarks = [reader.comments.get(line, "") for line in range(code.lineno, code.body[0].lineno)]
        told = next((found for one in remarks if (found := marked(one)[1].get("lifted")) is not None), None)
        for name, value in list(scope.items()):
            if isinstance(told, list) and name not in told:
                scope[name] = plain(value)
            elif not isinstance(value, Own) and is_plain(value):
                own.params[name] = value
                scope[name] = Param(name, value)
    scope["__class__"] = title
    drawing, reader.drawing = reader.drawing, None
    try:
        reader.inside(code, scope)
    finally:
        reader.drawing = drawing


def arguments_of(reader: Reader, code: ast.FunctionDef, given: list[Any], known: dict[str, Any]) -> Scope:
    """The names that a call gives to the arguments of a function."""
    names = [argument.arg for argument in [*code.args.posonlyargs, *code.args.args]]
    scope: Scope = {}
    for argument, default in zip(reversed(names), reversed(code.args.defaults), strict=False):
        scope[argument] = reader.value(default, {})
    for word, usual in zip(code.args.kwonlyargs, code.args.kw_defaults, strict=True):
        if usual is not None:
            scope[word.arg] = reader.value(usual, {})
    scope.update(zip(names, given, strict=False))
    if code.args.vararg:
        scope[code.args.vararg.arg] = tuple(given[len(names) :])
    every = {*names, *(argument.arg for argument in code.args.kwonlyargs)}
    scope.update({name: value for name, value in known.items() if name in every})
    if code.args.kwarg:
        scope[code.args.kwarg.arg] = {name: value for name, value in known.items() if name not in every}
    for name in every - set(scope):
        scope[name] = Unknown(name, code.lineno)
    return scope


def method(reader: Reader, own: Own, name: str) -> Function | None:
    """The method of an object, bound to it."""
    code = own.methods.get(name)
    return Function(code, own, own.title) if code is not None else None


def of_super(reader: Reader, called: Method, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
    """`super().__init__(…)` and the like."""
    parent: Super = called.thing
    base = base_of(reader, parent.title)
    if called.name == "__init__":
        if base in reader.classes:
            _init(reader, parent.own, base, arguments, known)
        elif base == "Sequential":
            parent.own.chain = container(reader, "Sequential", arguments, it.lineno)
        return None
    if called.name == "forward" and parent.own.chain is not None:
        return reader.call(parent.own.chain, arguments, known, it)
    if base in reader.classes:
        code = methods_of(reader, base).get(called.name)
        if code is not None:
            return reader.function(Function(code, parent.own, base), arguments, known, it)
    return Unknown(called.name, it.lineno)


def methods_of(reader: Reader, title: str, depth: int = 0) -> dict[str, ast.FunctionDef]:
    found = {}
    base = base_of(reader, title)
    if base in reader.classes and depth < 8:
        found = methods_of(reader, base, depth + 1)
    return {**found, **{part.name: part for part in reader.classes[title].body if isinstance(part, ast.FunctionDef)}}


def base_of(reader: Reader, title: str) -> str:
    """The name of what a class is derived from: the first of the text, or torch's."""
    for base in reader.classes[title].bases:
        if isinstance(base, ast.Name) and base.id in reader.classes and base.id != title:
            return base.id
    written = reader.classes[title].bases[:1]
    return ast.unparse(written[0]).rpartition(".")[2] if written else ""


def _is(part: ast.stmt, name: str) -> bool:
    return isinstance(part, ast.FunctionDef) and part.name == name
