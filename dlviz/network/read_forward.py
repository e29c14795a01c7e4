"""A forward pass as a graph: its arguments become Inputs, its lines nodes, what it returns the result."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dlviz.network.graph import is_name
from dlviz.network.marks import marked
from dlviz.network.read_drawing import Drawing
from dlviz.network.read_jumps import Returned
from dlviz.network.read_values import Own, Tensor, plain

if TYPE_CHECKING:
    from dlviz.network.read_python import Reader, Scope


def draw(
    reader: Reader, own: Own, forward: ast.FunctionDef, scope: Scope, inputs: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[str]] | None:
    """The graph of a forward pass, and which arguments it reads, in order; None where it gives no tensor. `inputs`:
    argument → the name of its Input."""
    outer, reader.drawing = reader.drawing, Drawing(reader.notes, set(own.attributes))
    reader.depth += 1
    unread = [argument for argument in inputs if _said(reader, forward, argument) == "not used"]
    inputs = {argument: name for argument, name in inputs.items() if argument not in unread}
    waiting = dict(sorted(_places(reader, forward, inputs).items(), key=lambda pair: pair[1]))
    fields: dict[str, str] = {}
    scope["__class__"] = own.title
    value, line, seen = None, forward.lineno, forward.lineno
    try:
        for statement in forward.body:
            for argument in [name for name, place in waiting.items() if place < statement.lineno]:
                del waiting[argument]
                name, settings = _marked(reader, forward, argument)
                scope[argument] = reader.drawing.add({"kind": "Input", **settings}, [], name or inputs[argument])
                fields[scope[argument].node] = argument
            _unconnected(reader, seen, statement.lineno)
            seen = statement.end_lineno or statement.lineno
            reader.run([statement], scope)
    except Returned as returned:
        value, line = returned.value, returned.line
    finally:
        drawing, reader.drawing = reader.drawing, outer
        reader.depth -= 1
    result = _result(reader, value, line)
    if result is None:
        return None
    entries = drawing.finished(result, line)
    return entries, [fields[entry["name"]] for entry in entries if entry["name"] in fields]


def _result(reader: Reader, value: Any, line: int) -> str | None:
    value = plain(value)
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (list, tuple)):
        tensors = [part for part in value if isinstance(part, Tensor)]
        if len(tensors) > 1:
            reader.notes.add(line, "A network gives one result; of those returned here, the first is taken.")
        value = tensors[0] if tensors else None
    return value.node if isinstance(value, Tensor) else None


def _unconnected(reader: Reader, after: int, before: int) -> None:
    """Inputs of a block that nothing enters where it is drawn: `# mask: not connected`."""
    assert reader.drawing is not None
    for line in range(after, before):
        name, _, rest = reader.comments.get(line, "").partition(": ")
        if rest == "not connected" and is_name(name):
            reader.drawing.add({"kind": "Input"}, [], name)


def _said(reader: Reader, forward: ast.FunctionDef, argument: str) -> str:
    """What the comment on an argument says."""
    for line in range(forward.lineno, (forward.end_lineno or forward.lineno) + 1):
        name, _, rest = reader.comments.get(line, "").partition(": ")
        if name == argument:
            return rest
    return ""


def _places(reader: Reader, forward: ast.FunctionDef, inputs: Mapping[str, str]) -> dict[str, int]:
    """Argument → the line of the comment that says where its Input stands among the nodes; 0: at the start."""
    used: dict[str, int] = {}
    for part in ast.walk(forward):
        if isinstance(part, ast.Name) and part.id in inputs:
            used[part.id] = min(part.lineno, used.get(part.id, part.lineno))
    found = {}
    for argument in inputs:
        line = _remark(reader, forward, argument)
        found[argument] = line if line and line < used.get(argument, 0) else 0
    return found


def _remark(reader: Reader, forward: ast.FunctionDef, argument: str) -> int:
    """The line of the comment `# image: (N, 1, 28, 28)` on an argument."""
    for line in range(forward.lineno, (forward.end_lineno or forward.lineno) + 1):
        if re.match(rf"{re.escape(argument)}: \(", reader.comments.get(line, "")):
            return line
    return 0


def _marked(reader: Reader, forward: ast.FunctionDef, argument: str) -> tuple[str, dict[str, Any]]:
    name, settings = marked(reader.comments.get(_remark(reader, forward, argument), ""))
    field = settings.get("field")
    return (name if is_name(name) else ""), ({"field": field} if isinstance(field, str) else {})
