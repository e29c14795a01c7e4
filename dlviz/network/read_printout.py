"""The printout of a module (`print(model)`), read line by line."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.network.code_modules import is_torch_name
from dlviz.network.read_syntax import tree
from dlviz.network.read_values import Chain, Made, Unknown, is_plain

#: `(conv1): Conv2d(1, 8, kernel_size=(3, 3))`, `(0-3): 4 x Linear(…)`, `Net(`.
_LINE = re.compile(
    r"^\s*(?:\((?P<name>[\w.-]{1,80})\):\s*)?(?:(?P<times>\d{1,4}) x )?(?P<kind>[A-Za-z_]\w{0,80})\((?P<rest>.*)$"
)
_DEEPEST = 40
_MOST = 4000


@dataclass
class Printed:
    """One module of a printout."""

    name: str
    kind: str
    arguments: str
    line: int
    times: int = 1
    parts: list[Printed] = field(default_factory=list)


def is_printout(text: str) -> bool:
    """Whether the text looks like what torch prints: a name, an open bracket, then parts with their names in brackets;
    or a single module of torch as it is printed."""
    lines = [line for line in text.splitlines() if line.strip()]
    return (
        bool(lines)
        and _LINE.match(lines[0]) is not None
        and any(re.match(r"^\s*\([\w.-]+\):\s", line) for line in lines[1:3])
    )


def printed(text: str) -> Printed:
    """The module that a text prints, with its parts. A printout that was cut off is read as far as it goes."""
    root: Printed | None = None
    open_parts: list[Printed] = []
    total = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        if line.strip() == ")":
            if open_parts:
                open_parts.pop()
            if root is not None and not open_parts:
                break
            continue
        found = _LINE.match(line)
        if found is None:
            continue  # a hook, a parameter list, a line that torch may add one day
        rest = found["rest"].rstrip()
        closed = rest.endswith(")") and _balanced(rest[:-1])
        times = int(found["times"] or 1)
        total += times
        if total > _MOST:
            raise WrongInput(f"A drawing holds at most {_MOST:,} layers. Paste a smaller network.")
        part = Printed(found["name"] or "", found["kind"], rest[:-1] if closed else rest, number, times)
        if open_parts:
            open_parts[-1].parts.append(part)
        elif root is None:
            root = part
        if not closed:
            open_parts.append(part)
            if len(open_parts) > _DEEPEST:
                raise WrongInput("This printout is nested too deeply to be a network.")
    if root is None:
        raise WrongInput("This printout holds no module.")
    return root


def _balanced(text: str) -> bool:
    return text.count("(") == text.count(")")


def module(part: Printed) -> Any:
    """A part as a module: one of torch with its arguments, or its parts in a row."""
    if part.parts and not (is_torch_name(part.kind) and part.kind not in ("Sequential", "ModuleList")):
        items = []
        for inner in part.parts:
            for number in range(inner.times):
                first, _, _ = inner.name.partition("-")
                name = str(int(first) + number) if inner.times > 1 and first.isdigit() else inner.name
                items.append((name, module(inner)))
        return Chain(items, line=part.line)
    arguments, known = _arguments(part.arguments)
    if part.kind == "Sequential":
        return Chain([], line=part.line)
    return Made(part.kind, tuple(arguments), known, part.line, printed=True)


def _arguments(text: str) -> tuple[list[Any], dict[str, Any]]:
    """What stands between the brackets; a bare word is a text (torch prints `padding=same`)."""
    try:
        call = ast.parse(f"f({text})", mode="eval").body if len(text) < 4000 else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        call = None
    if not isinstance(call, ast.Call):
        return [], {}
    known = {word.arg: _value(word.value) for word in call.keywords if word.arg}
    return [_value(argument) for argument in call.args], known


def _value(it: ast.expr) -> Any:
    if isinstance(it, ast.Name):
        return it.id
    try:
        value = ast.literal_eval(it)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return Unknown("…")
    return value if is_plain(value) else Unknown("…")


def forward_of(text: str) -> ast.FunctionDef | None:
    """The forward pass that torch prints below a GraphModule."""
    at = text.find("\ndef forward(")
    if at < 0:
        return None
    lines = text[at + 1 :].split("\n")
    end = next((n for n, line in enumerate(lines) if n and line and not line.startswith(" ")), len(lines))
    try:
        code = tree("\n".join(lines[:end])).body
    except WrongInput:
        return None
    return code[0] if code and isinstance(code[0], ast.FunctionDef) else None
