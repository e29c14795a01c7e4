"""Python read step by step: names, numbers, loops over known ranges, calls. Nothing is executed: each form of the
language that matters for a network is understood here, and all others give an unknown value."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from dlviz.network import read_tensors
from dlviz.network.marks import marked
from dlviz.network.read_added import left_out
from dlviz.network.read_arithmetic import LONGEST_LIST, combined
from dlviz.network.read_builtins import BUILTINS
from dlviz.network.read_classes import arguments_of, of_super
from dlviz.network.read_containers import of_method, put
from dlviz.network.read_drawing import Drawing
from dlviz.network.read_expressions import evaluated, text_of
from dlviz.network.read_jumps import Left, Returned
from dlviz.network.read_make import declare, made
from dlviz.network.read_notes import Notes
from dlviz.network.read_use import apply
from dlviz.network.read_values import (
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
    is_plain,
    plain,
)

_DEEPEST_CALL = 24
Scope = dict[str, Any]


class Reader:
    """Reads one text. `drawing` is the graph under way, while a forward pass is read."""

    def __init__(self, code: ast.Module, comments: Mapping[int, str], notes: Notes) -> None:
        self.notes, self.comments = notes, comments
        self.globals: Scope = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.drawing: Drawing | None = None
        self.depth = 0
        declare(self, code)

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
                raise Left(isinstance(it, ast.Break))
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
                    put(owner, target.attr, value)
            case ast.Tuple() | ast.List():
                parts = self._parts(value, len(target.elts))
                for one, part in zip(target.elts, parts, strict=True):
                    self.bind(one, part, scope)
            case ast.Subscript():
                owner, key = self.value(target.value, scope), plain(self.value(target.slice, scope))
                if isinstance(owner, Several) and isinstance(key, (str, int)):
                    owner.items[key] = value
                elif isinstance(owner, dict) and isinstance(key, (str, int)) and len(owner) < LONGEST_LIST:
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
            before += list(more)[: LONGEST_LIST - len(before)]
            return
        self.bind(it.target, combined(self, it.op, before, more, it), scope)

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
            except Left as left:
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

    def value(self, it: ast.expr, scope: Scope) -> Any:
        """What an expression gives; long values cost as many steps as they are long."""
        found = evaluated(self, it, scope)
        self.notes.step(1 + len(found) // 16 if isinstance(found, (list, tuple, str, dict)) else 1)
        return found

    def all(self, elements: Iterable[ast.expr], scope: Scope) -> list[Any]:
        found: list[Any] = []
        for element in elements:
            value = self.value(element, scope)
            if isinstance(element, ast.Starred):
                items = self.items(value)
                found += items if items is not None else [value]
            else:
                found.append(value)
        return found[:LONGEST_LIST]

    def call(self, called: Any, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
        """What a call gives: a module, what a module gives, or a number."""
        called = plain(called)
        match called:
            case Made() | Chain() | Own() | Several():
                return apply(self, called, arguments, known, it)
            case Function():
                return self.function(called, arguments, known, it)
            case Method(thing=Super()):
                return of_super(self, called, arguments, known, it)
            case Method(thing=Tensor()):
                return read_tensors.method(self, called.thing, called.name, arguments, known, it)
            case Method():
                return of_method(self, called, arguments, known, it)
            case Builtin() | Dotted():
                if (
                    isinstance(called, Dotted)
                    and called.path not in BUILTINS
                    and read_tensors.has_tensor([*arguments, *known.values()])
                ):
                    return read_tensors.function(self, called.path, arguments, known, it)
                return made(self, called, arguments, known, it)
        if read_tensors.has_tensor(arguments):
            return left_out(self, text_of(it), arguments, it)
        return Unknown(text_of(it), it.lineno)

    def function(self, called: Function, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
        """A function of the text, read as if its lines stood here."""
        given = [called.own, *arguments] if called.own is not None else arguments
        scope = arguments_of(self, called.code, given, known)
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
