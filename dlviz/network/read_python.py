"""Python read step by step: names, numbers, loops over known ranges, calls. Nothing is executed: each form of the
language that matters for a network is understood here, and all others give an unknown value."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dlviz.network import read_make, read_tensors, read_use
from dlviz.network.marks import marked
from dlviz.network.read_drawing import Drawing
from dlviz.network.read_notes import Notes
from dlviz.network.read_values import (
    LARGEST,
    Builtin,
    Chain,
    Dotted,
    Function,
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

_DEEPEST_CALL = 24
_LONGEST_LIST = 4096
_LIBRARIES = {"nn": "torch.nn", "F": "torch.nn.functional", "torch": "torch"}
_ARITHMETIC: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
Scope = dict[str, Any]


class Returned(Exception):
    """A `return` was reached."""

    def __init__(self, value: Any, line: int) -> None:
        self.value, self.line = value, line


class _Left(Exception):
    """A `break` (last) or a `continue`."""

    def __init__(self, last: bool) -> None:
        self.last = last


class Reader:
    """Reads one text. `drawing` is the graph under way, while a forward pass is read."""

    def __init__(self, code: ast.Module, comments: Mapping[int, str], notes: Notes) -> None:
        self.notes, self.comments = notes, comments
        self.globals: Scope = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.drawing: Drawing | None = None
        self.depth = 0
        read_make.declare(self, code)

    # statements

    def run(self, body: Iterable[ast.stmt], scope: Scope) -> None:
        for statement in body:
            self.notes.step()
            self.statement(statement, scope)

    def statement(self, it: ast.stmt, scope: Scope) -> None:
        match it:
            case ast.Assign():
                value = self._assigned(it, scope)
                for target in it.targets:
                    self.bind(target, value, scope)
            case ast.AnnAssign(value=ast.expr() as written):
                self.bind(it.target, self.value(written, scope), scope)
            case ast.AugAssign():
                self._grow(it, scope)
            case ast.Expr():
                self.value(it.value, scope)
            case ast.Return():
                raise Returned(self.value(it.value, scope) if it.value else None, it.lineno)
            case ast.If():
                self._choose(it, scope)
            case ast.For():
                self._loop(it, scope)
            case ast.With() | ast.Try():
                self.run(it.body, scope)
            case ast.FunctionDef():
                scope[it.name] = Function(it)
            case ast.Break() | ast.Continue():
                raise _Left(isinstance(it, ast.Break))
            case ast.While() if self.drawing is not None:
                self.notes.add(it.lineno, "A `while` loop cannot be drawn, so it is left out.")
            case _:
                pass  # imports were read first; docstrings, asserts and the like change nothing

    def _assigned(self, it: ast.Assign, scope: Scope) -> Any:
        value = self.value(it.value, scope)
        if self.drawing is not None and isinstance(it.value, ast.Name) and isinstance(value, Tensor):
            name, settings = marked(self.comments.get(it.lineno, ""))
            if name:  # a second Input that takes the same field
                return self.drawing.add({"kind": "Input", **settings}, [], name)
        return value

    def bind(self, target: ast.expr, value: Any, scope: Scope) -> None:
        match target:
            case ast.Name():
                scope[target.id] = value
            case ast.Attribute():
                owner = self.value(target.value, scope)
                if isinstance(owner, Own):
                    read_make.put(owner, target.attr, value)
            case ast.Tuple() | ast.List():
                parts = self._parts(value, len(target.elts))
                for one, part in zip(target.elts, parts, strict=True):
                    self.bind(one, part, scope)
            case ast.Subscript():
                owner, key = self.value(target.value, scope), plain(self.value(target.slice, scope))
                if isinstance(owner, Several) and isinstance(key, (str, int)):
                    owner.items[key] = value
                elif isinstance(owner, dict) and isinstance(key, (str, int)) and len(owner) < _LONGEST_LIST:
                    owner[key] = value

    def _parts(self, value: Any, number: int) -> list[Any]:
        value = plain(value)
        if isinstance(value, (list, tuple)) and len(value) == number:
            return list(value)
        if isinstance(value, State) and number == 2:
            return [value, Unknown("the cell's state")]
        if isinstance(value, Sizes):
            return [Side(value.tensor, place) for place in range(number)]
        return [Unknown("a part of it")] * number

    def _grow(self, it: ast.AugAssign, scope: Scope) -> None:
        target = ast.copy_location(
            ast.Name(it.target.id) if isinstance(it.target, ast.Name) else it.target, it.target
        )  # as it is read
        before, more = self.value(target, scope), self.value(it.value, scope)
        if isinstance(before, list) and isinstance(more, (list, tuple)) and isinstance(it.op, ast.Add):
            before += list(more)[: _LONGEST_LIST - len(before)]
            return
        self.bind(it.target, self.combined(it.op, before, more, it), scope)

    def _choose(self, it: ast.If, scope: Scope) -> None:
        test = self.truth(self.value(it.test, scope))
        if test is None and self.drawing is not None:
            self.notes.add(
                it.lineno, "Whether this `if` holds cannot be known before it runs; its first branch is left out."
            )
        self.run(it.body if test else it.orelse, scope)

    def _loop(self, it: ast.For, scope: Scope) -> None:
        items = self.items(self.value(it.iter, scope))
        if items is None:
            if self.drawing is not None:
                self.notes.add(it.lineno, "What this loop runs over cannot be known from the text, so it is left out.")
            return
        for item in items:
            self.notes.step()
            self.bind(it.target, item, scope)
            try:
                self.run(it.body, scope)
            except _Left as left:
                if left.last:
                    break

    def items(self, value: Any) -> list[Any] | None:
        """What a loop over the value runs through; None where that is not known."""
        value = plain(value)
        if isinstance(value, Several):
            return list(value.items.values()) if all(isinstance(key, int) for key in value.items) else list(value.items)
        if isinstance(value, Chain):
            return [item for _, item in value.items]
        if isinstance(value, Own) and value.chain is not None:
            return [item for _, item in value.chain.items]
        if isinstance(value, (list, tuple, dict)):
            return list(value)
        return list(value) if isinstance(value, range) else None

    def truth(self, value: Any) -> bool | None:
        value = plain(value)
        if isinstance(value, (Made, Own, Tensor, Function, Builtin)):
            return True
        if isinstance(value, (Chain, Several)):
            return bool(value.items)
        return bool(value) if is_plain(value) or isinstance(value, (list, dict, tuple)) else None

    # expressions

    def value(self, it: ast.expr, scope: Scope) -> Any:
        """What an expression gives; long values cost as many steps as they are long."""
        found = self._value(it, scope)
        self.notes.step(1 + len(found) // 16 if isinstance(found, (list, tuple, str, dict)) else 1)
        return found

    def _value(self, it: ast.expr, scope: Scope) -> Any:
        match it:
            case ast.Constant():
                return it.value if is_plain(it.value) else Unknown("…", it.lineno)
            case ast.Name():
                return self._named(it, scope)
            case ast.Tuple() | ast.List():
                items = self.all(it.elts, scope)
                return tuple(items) if isinstance(it, ast.Tuple) else items
            case ast.Dict():
                return self._dict(it, scope)
            case ast.Attribute():
                return self.attribute(self.value(it.value, scope), it.attr, it)
            case ast.Call():
                return self._call(it, scope)
            case ast.BinOp():
                return self.combined(it.op, self.value(it.left, scope), self.value(it.right, scope), it)
            case ast.UnaryOp():
                return self._signed(it, scope)
            case ast.Compare(ops=[operation], comparators=[other]):
                return self._compared(operation, self.value(it.left, scope), self.value(other, scope), it)
            case ast.BoolOp():
                return self._either(it, scope)
            case ast.IfExp():
                test = self.truth(self.value(it.test, scope))
                return Unknown("…", it.lineno) if test is None else self.value(it.body if test else it.orelse, scope)
            case ast.Subscript():
                return self._part(it, scope)
            case ast.ListComp() | ast.GeneratorExp():
                return self._comprehended(it, scope)
            case ast.JoinedStr():
                return self._joined(it, scope)
            case ast.Slice():
                parts = [self.value(part, scope) if part else None for part in (it.lower, it.upper, it.step)]
                known = [plain(part) for part in parts]
                return slice(*known) if all(part is None or type(part) is int for part in known) else Unknown("…")
            case ast.Starred():
                return self.value(it.value, scope)
        return Unknown(_text(it), getattr(it, "lineno", 0))

    def all(self, elements: Iterable[ast.expr], scope: Scope) -> list[Any]:
        found: list[Any] = []
        for element in elements:
            value = self.value(element, scope)
            if isinstance(element, ast.Starred):
                items = self.items(value)
                found += items if items is not None else [value]
            else:
                found.append(value)
        return found[:_LONGEST_LIST]

    def _dict(self, it: ast.Dict, scope: Scope) -> Any:
        found = {}
        for key, value in zip(it.keys, it.values, strict=True):
            name = plain(self.value(key, scope)) if key else None
            if not isinstance(name, (str, int)):
                return Unknown("…", it.lineno)
            found[name] = self.value(value, scope)
        return found

    def _named(self, it: ast.Name, scope: Scope) -> Any:
        for names in (scope, self.globals):
            if it.id in names:
                return names[it.id]
        return Dotted(_LIBRARIES.get(it.id, it.id))

    def attribute(self, thing: Any, name: str, it: ast.expr) -> Any:
        thing = plain(thing)
        match thing:
            case Dotted():
                return Dotted(f"{thing.path}.{name}"[:200])
            case Own():
                if name in thing.attributes:
                    return thing.attributes[name]
                found = read_make.method(self, thing, name)
                return found if found is not None else Method(thing, name)
            case Tensor() if name == "shape":
                return Sizes(thing)
            case Tensor() if name in ("T", "mT"):
                return read_tensors.method(self, thing, "transpose", [1, 2], {}, it)
            case Made() if name in ("weight", "bias"):
                return Weight(thing, name)
            case Several() if isinstance(thing.items.get(name), (Made, Own, Chain)):
                return thing.items[name]
            case Chain():
                return next((item for key, item in thing.items if key == name), Method(thing, name))
            case (Tensor(), *_) if name == "values":  # of x.max(dim=1)
                return thing[0]
        return Unknown(name, it.lineno) if isinstance(thing, Unknown) else Method(thing, name)

    def _call(self, it: ast.Call, scope: Scope) -> Any:
        if isinstance(it.func, ast.Name) and it.func.id == "super" and "super" not in scope:
            own, title = scope.get("self"), scope.get("__class__")
            return Super(own, title) if isinstance(own, Own) and isinstance(title, str) else Unknown("super()")
        called = self.value(it.func, scope)
        arguments = self.all(it.args, scope)
        known: dict[str, Any] = {}
        for word in it.keywords:
            value = self.value(word.value, scope)
            if word.arg:
                known[word.arg] = value
            elif isinstance(plain(value), dict):
                known.update({key: item for key, item in plain(value).items() if isinstance(key, str)})
        return self.call(called, arguments, known, it)

    def call(self, called: Any, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
        """What a call gives: a module, what a module gives, or a number."""
        called = plain(called)
        match called:
            case Made() | Chain() | Own() | Several():
                return read_use.apply(self, called, arguments, known, it)
            case Function():
                return self.function(called, arguments, known, it)
            case Method(thing=Super()):
                return read_make.of_super(self, called, arguments, known, it)
            case Method(thing=Tensor()):
                return read_tensors.method(self, called.thing, called.name, arguments, known, it)
            case Method():
                return read_make.of_method(self, called, arguments, known, it)
            case Builtin() | Dotted():
                if (
                    isinstance(called, Dotted)
                    and called.path not in read_make.BUILTINS
                    and read_tensors.has_tensor([*arguments, *known.values()])
                ):
                    return read_tensors.function(self, called.path, arguments, known, it)
                return read_make.made(self, called, arguments, known, it)
        if read_tensors.has_tensor(arguments):
            return read_tensors.left_out(self, _text(it), arguments, it)
        return Unknown(_text(it), it.lineno)

    def function(self, called: Function, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
        """A function of the text, read as if its lines stood here."""
        given = [called.own, *arguments] if called.own is not None else arguments
        scope = read_make.arguments_of(self, called.code, given, known)
        scope["__class__"] = called.title
        return self.inside(called.code, scope)

    def inside(self, code: ast.FunctionDef, scope: Scope) -> Any:
        """What the body of a function returns."""
        if self.depth >= _DEEPEST_CALL:
            return Unknown(f"{code.name}(…), which calls itself too deeply", code.lineno)
        self.depth += 1
        try:
            self.run(code.body, scope)
        except Returned as returned:
            return returned.value
        finally:
            self.depth -= 1
        return None

    def combined(self, operation: ast.operator, left: Any, right: Any, it: ast.AST) -> Any:
        line = getattr(it, "lineno", 0)
        if read_tensors.has_tensor([left, right]):
            return read_tensors.combined(self, operation, left, right, line)
        a, b = plain(left), plain(right)
        sequences = isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and type(a) is type(b)
        if isinstance(operation, ast.Add) and sequences:
            return (a + b)[:_LONGEST_LIST]
        if isinstance(operation, ast.Mult) and isinstance(a, (list, tuple)) and type(b) is int:
            return (a * max(min(b, 256), 0))[:_LONGEST_LIST]
        if isinstance(operation, ast.Add) and isinstance(a, str) and isinstance(b, str):
            return (a + b)[:200]
        if isinstance(operation, ast.Pow) and _numbers(a, b) and 0 <= b <= 40 and abs(a) <= 16:
            return _bounded(a**b)
        if type(operation) in _ARITHMETIC and _numbers(a, b):
            try:
                return _bounded(_ARITHMETIC[type(operation)](a, b))
            except (ZeroDivisionError, OverflowError):
                pass
        return Unknown("…", line)

    def _signed(self, it: ast.UnaryOp, scope: Scope) -> Any:
        value = plain(self.value(it.operand, scope))
        if isinstance(it.op, ast.Not):
            truth = self.truth(value)
            return Unknown("…", it.lineno) if truth is None else not truth
        if isinstance(it.op, ast.USub) and isinstance(value, (int, float)):
            return -value
        return value if isinstance(it.op, ast.UAdd) else Unknown("…", it.lineno)

    def _compared(self, operation: ast.cmpop, left: Any, right: Any, it: ast.expr) -> Any:
        a, b = plain(left), plain(right)
        if isinstance(a, Tensor) and isinstance(operation, ast.Eq):
            return read_tensors.method(self, a, "eq", [b], {}, it)
        if isinstance(operation, (ast.Is, ast.IsNot)):
            if b is None and not isinstance(a, Unknown):
                return (a is None) == isinstance(operation, ast.Is)
            return Unknown("…", it.lineno)
        if isinstance(operation, (ast.In, ast.NotIn)) and isinstance(b, (list, tuple, dict)) and is_plain(a):
            return (a in b) == isinstance(operation, ast.In) if len(b) < 256 else Unknown("…", it.lineno)
        same = isinstance(operation, (ast.Eq, ast.NotEq)) and is_plain(a) and is_plain(b)
        if type(operation) in _ARITHMETIC and (same or _numbers(a, b)):
            return _ARITHMETIC[type(operation)](a, b)
        return Unknown("…", it.lineno)

    def _either(self, it: ast.BoolOp, scope: Scope) -> Any:
        value: Any = None
        for part in it.values:
            value = self.value(part, scope)
            truth = self.truth(value)
            if truth is None:
                return Unknown("…", it.lineno)
            if truth == isinstance(it.op, ast.Or):
                return value
        return value

    def _part(self, it: ast.Subscript, scope: Scope) -> Any:
        thing, key = plain(self.value(it.value, scope)), self.value(it.slice, scope)
        key = plain(key)
        if isinstance(thing, Tensor):
            return read_tensors.part(self, thing, key, it)
        if isinstance(thing, Sizes) and type(key) is int:
            return Side(thing.tensor, key)
        if isinstance(thing, State) and type(key) is int:
            return read_tensors.last_state(self, thing, key, it)
        if isinstance(thing, Chain) and isinstance(key, slice):
            return Chain(thing.items[key], thing.label, it.lineno)
        if isinstance(thing, (Chain, Several)) and isinstance(key, (int, str)):
            found = dict(thing.items) if isinstance(thing, Several) else {n: m for n, (_, m) in enumerate(thing.items)}
            key = key + len(found) if isinstance(key, int) and key < 0 else key
            return found.get(key, Unknown(_text(it), it.lineno))
        if isinstance(thing, (list, tuple, dict)) and isinstance(key, (int, str, slice)):
            try:
                return thing[key]  # type: ignore[index]
            except (KeyError, IndexError, TypeError, ValueError):
                pass
        return Unknown(_text(it), it.lineno)

    def _comprehended(self, it: ast.ListComp | ast.GeneratorExp, scope: Scope) -> Any:
        found: list[Any] = []

        def descend(place: int, names: Scope) -> bool:
            if place == len(it.generators):
                if len(found) < _LONGEST_LIST:
                    found.append(self.value(it.elt, names))
                return True
            loop = it.generators[place]
            items = self.items(self.value(loop.iter, names))
            if items is None:
                return False
            for item in items:
                self.notes.step()
                self.bind(loop.target, item, names)
                if all(self.truth(self.value(test, names)) for test in loop.ifs) and not descend(place + 1, names):
                    return False
            return True

        return found if descend(0, dict(scope)) else Unknown(_text(it), it.lineno)

    def _joined(self, it: ast.JoinedStr, scope: Scope) -> Any:
        text = ""
        for part in it.values:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            value = plain(self.value(inner, scope))
            if not isinstance(value, (str, int, float)):
                return Unknown("…", it.lineno)
            text += str(value)
        return text[:200]


def _text(it: ast.AST) -> str:
    """How a name is written; longer expressions are not written out again."""
    it = it.func if isinstance(it, ast.Call) else it
    return ast.unparse(it)[:60] if isinstance(it, ast.Name) or _is_short(it) else "…"


def _is_short(it: ast.AST) -> bool:
    return (
        isinstance(it, ast.Attribute)
        and isinstance(it.value, (ast.Name, ast.Attribute))
        and (isinstance(it.value, ast.Name) or _is_short(it.value))
    )


def _numbers(*values: Any) -> bool:
    return all(isinstance(value, (int, float)) for value in values)


def _bounded(value: Any) -> Any:
    return value if is_plain(value) and abs(value) <= LARGEST else Unknown("a very large number")
