"""Arithmetic and comparisons, of numbers within bounds; of tensors they become layers."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlviz.network import read_tensors
from dlviz.network.read_values import LARGEST, Tensor, Unknown, is_plain, plain

if TYPE_CHECKING:
    from dlviz.network.read_python import Reader, Scope

#: As many items as a list of the text may have.
LONGEST_LIST = 4096
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


def combined(reader: Reader, operation: ast.operator, left: Any, right: Any, it: ast.AST) -> Any:
    line = getattr(it, "lineno", 0)
    if read_tensors.has_tensor([left, right]):
        return read_tensors.combined(reader, operation, left, right, line)
    a, b = plain(left), plain(right)
    sequences = isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and type(a) is type(b)
    if isinstance(operation, ast.Add) and sequences:
        return (a + b)[:LONGEST_LIST]
    if isinstance(operation, ast.Mult) and isinstance(a, (list, tuple)) and type(b) is int:
        return (a * max(min(b, 256), 0))[:LONGEST_LIST]
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


def signed(reader: Reader, it: ast.UnaryOp, scope: Scope) -> Any:
    value = plain(reader.value(it.operand, scope))
    if isinstance(it.op, ast.Not):
        truth = reader.truth(value)
        return Unknown("…", it.lineno) if truth is None else not truth
    if isinstance(it.op, ast.USub) and isinstance(value, (int, float)):
        return -value
    return value if isinstance(it.op, ast.UAdd) else Unknown("…", it.lineno)


def compared(reader: Reader, operation: ast.cmpop, left: Any, right: Any, it: ast.expr) -> Any:
    a, b = plain(left), plain(right)
    if isinstance(a, Tensor) and isinstance(operation, ast.Eq):
        return read_tensors.method(reader, a, "eq", [b], {}, it)
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


def _numbers(*values: Any) -> bool:
    return all(isinstance(value, (int, float)) for value in values)


def _bounded(value: Any) -> Any:
    return value if is_plain(value) and abs(value) <= LARGEST else Unknown("a very large number")
