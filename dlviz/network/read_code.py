"""Code back to a drawing: the printout of a module, an `nn.Sequential(…)`, or a class with `forward`.

The text is parsed, never executed. What cannot be read is told with its line and left out; the rest is drawn.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from dlviz.core.problems import Problems, WrongInput
from dlviz.network.graph import Graph, is_name
from dlviz.network.read_classes import method, of_class
from dlviz.network.read_containers import put
from dlviz.network.read_drawing import Drawing
from dlviz.network.read_forward import draw
from dlviz.network.read_lifted import lowered
from dlviz.network.read_notes import Notes
from dlviz.network.read_printout import forward_of, is_printout, module, printed
from dlviz.network.read_python import Reader
from dlviz.network.read_syntax import check_text, comments, tree
from dlviz.network.read_use import apply
from dlviz.network.read_values import Chain, Function, Made, Own, Tensor, plain

_NOTHING = (
    "There is no network in this text that can be read: paste an nn.Sequential, a class with a `forward`, or the "
    "printout of a module."
)


@dataclass(frozen=True)
class Found:
    """A drawing that was read: the entries of a graph document, what could not be read, the network's title, and the
    titles of other networks in the same text (`read(text, title)` reads them)."""

    nodes: list[dict[str, Any]]
    unread: list[str] = field(default_factory=list)
    title: str = ""
    others: list[str] = field(default_factory=list)


def read(text: str, title: str = "") -> Found:
    """The drawing of the network in `text`, or of the one called `title` there. `WrongInput` where there is none."""
    text = check_text(text)
    notes = Notes()
    try:
        if is_printout(text):
            found = _of_printout(text, notes)
        else:
            found = _of_source(text, title, notes)
    except RecursionError:
        raise WrongInput("This is nested too deeply to be read as a network.") from None
    problems = Problems()
    if Graph.parse(found.nodes, "the drawing", problems) is None:
        raise WrongInput("\n".join(str(problem) for problem in problems), problems)
    return found


def _of_source(text: str, title: str, notes: Notes) -> Found:
    code = tree(text)
    reader = Reader(code, comments(text), notes)
    made = _top_level(reader, code)
    roots = _roots(reader, made)
    if title:
        roots = {name: root for name, root in roots.items() if name == title}
    if not roots:
        raise WrongInput(_NOTHING)
    name = list(roots)[-1]
    nodes = _drawn(reader, roots[name])
    if not any(entry["kind"] != "Input" for entry in nodes):
        raise WrongInput(" ".join([_NOTHING, *notes.sentences()[:3]]))
    others = [other for other in roots if other != name]
    return Found(nodes, notes.sentences(), name, others)


def _top_level(reader: Reader, code: ast.Module) -> dict[str, Any]:
    """The modules that the text makes outside of all functions, by the names they get, in order."""
    made: dict[str, Any] = {}
    body = [*code.body]
    for it in code.body:
        if isinstance(it, ast.If) and "__main__" in ast.dump(it.test)[:400]:
            body += it.body
    for it in body:
        value: Any = None
        match it:
            case ast.Assign(targets=[ast.Name(id=name)]):
                value = plain(reader.value(it.value, reader.globals))
                reader.globals[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as written):
                value = plain(reader.value(written, reader.globals))
                reader.globals[name] = value
            case ast.Assign() | ast.AugAssign():
                reader.statement(it, reader.globals)
            case ast.Expr(value=ast.Call()):
                name, value = "", plain(reader.value(it.value, reader.globals))
            case ast.For():
                reader.statement(it, reader.globals)
        if isinstance(value, (Chain, Own)) or (isinstance(value, Made) and len(body) == 1):
            made[name] = value
    return made


def _roots(reader: Reader, made: dict[str, Any]) -> dict[str, Any]:
    """Title → network: classes that no other class of the text uses, and what is made outside of all classes."""
    roots: dict[str, Any] = {}
    used = {
        part.id
        for it in [*reader.classes.values(), *_functions(reader)]
        for part in ast.walk(it)
        if isinstance(part, ast.Name) and part.id in reader.classes and part.id != getattr(it, "name", "")
    }
    inside = {item.title for value in made.values() for item in _owns(value) if item is not value}
    for title, code in reader.classes.items():
        has = any(isinstance(part, ast.FunctionDef) and part.name in ("forward", "__init__") for part in code.body)
        if has and title not in used and title not in inside:
            own = next((value for value in made.values() if isinstance(value, Own) and value.title == title), None)
            call = ast.Call(ast.Name(title), [], [], lineno=code.lineno, col_offset=0)
            roots[title] = own if own is not None else of_class(reader, title, [], {}, call)
    for name, value in made.items():
        if not (isinstance(value, Own) and value.title in roots):
            roots[value.title if isinstance(value, Own) else name] = value
    return {
        title: root
        for title, root in roots.items()
        if not isinstance(root, Own) or root.chain or _forward(reader, root)
    }


def _functions(reader: Reader) -> list[ast.FunctionDef]:
    return [value.code for value in reader.globals.values() if isinstance(value, Function)]


def _owns(value: Any, depth: int = 0) -> list[Own]:
    if isinstance(value, Own):
        return [value]
    if isinstance(value, Chain) and depth < 20:
        return [own for _, item in value.items for own in _owns(plain(item), depth + 1)]
    return []


def _forward(reader: Reader, own: Own) -> ast.FunctionDef | None:
    found = method(reader, own, "forward")
    return found.code if found is not None else None


def _drawn(reader: Reader, root: Any) -> list[dict[str, Any]]:
    """The entries of a whole network."""
    forward = _forward(reader, root) if isinstance(root, Own) else None
    if isinstance(root, Own) and forward is not None:
        arguments = [argument.arg for argument in [*forward.args.posonlyargs, *forward.args.args]][1:]
        needed = arguments[: len(arguments) - len(forward.args.defaults)] or arguments[:1]
        names = {argument: argument if is_name(argument) else "input" for argument in needed}
        if len(needed) == 1:
            names = {needed[0]: "input"}
        scope: dict[str, Any] = {"self": root}
        if forward.args.args:
            scope = {forward.args.args[0].arg: root, "self": root}
        for argument, default in zip(reversed(arguments), reversed(forward.args.defaults), strict=False):
            if argument not in names:
                scope[argument] = reader.value(default, {})
        drawn = draw(reader, root, forward, scope, names)
        return lowered(drawn[0], root.params) if drawn is not None else []
    return _in_a_row(reader, root, root.params if isinstance(root, Own) else {})


def _in_a_row(reader: Reader, root: Any, params: dict[str, Any]) -> list[dict[str, Any]]:
    """An Input, and what a module does with it."""
    reader.drawing = Drawing(reader.notes)
    start = reader.drawing.add({"kind": "Input"}, [], "input")
    line = getattr(root, "line", 0) or 1
    call = ast.Call(ast.Name("network"), [], [], lineno=line, col_offset=0)
    label, root.label = root.label, ""
    end = apply(reader, root, [start], {}, call)
    root.label = label
    if isinstance(end, tuple):
        end = end[0]
    return lowered(reader.drawing.finished(end.node, line), params) if isinstance(end, Tensor) else []


def _of_printout(text: str, notes: Notes) -> Found:
    root = printed(text)
    made = module(root)
    reader = Reader(ast.Module([], []), {}, notes)
    forward = forward_of(text)
    if forward is not None and isinstance(made, Chain):
        own = Own(root.kind, {"forward": forward}, line=root.line)
        for name, part in made.items:
            put(own, name, part)
        nodes = _drawn(reader, own)
    else:
        if root.kind != "Sequential" and isinstance(made, Chain):
            notes.add(
                0, "A printout does not say how data flows. The layers are drawn one after the other, as printed."
            )
        nodes = _in_a_row(reader, made, {})
    if not any(entry["kind"] != "Input" for entry in nodes):
        raise WrongInput(" ".join([_NOTHING, *notes.sentences()[:3]]))
    return Found(nodes, notes.sentences(), "" if root.kind == "Sequential" else root.kind)
