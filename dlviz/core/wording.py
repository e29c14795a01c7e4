"""Wording: pydantic's errors as sentences: the rule, what came, what would mend it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from dlviz.core.problems import nearest
from dlviz.core.setting import Setting


def mistakes(part: type[BaseModel], error: ValidationError) -> Iterator[tuple[str, str]]:
    """(setting, sentence) for each wrong setting of `part`; "" for a rule across several."""
    for line in _lines(error):
        yield ".".join(line.where), _sentence(part, line)


@dataclass(frozen=True)
class _Line:
    where: tuple[str, ...]
    type: str
    received: Any
    context: dict[str, Any]
    message: str


def _lines(error: ValidationError) -> list[_Line]:
    """pydantic's errors, one a field: a union's several complaints about one value become one line."""
    seen: dict[tuple[str, ...], _Line] = {}
    for line in error.errors(include_url=False):
        loc = tuple(str(step) for step in line["loc"][:1])
        seen.setdefault(loc, _Line(loc, line["type"], line["input"], line.get("ctx", {}), line["msg"]))
    return list(seen.values())


def _sentence(cls: type[BaseModel], line: _Line) -> str:
    """One sentence for one pydantic error: the rule, what came, what would mend it."""
    received = f"Received: {shown(line.received)}."
    name = line.where[0] if line.where else ""
    if line.type == "extra_forbidden":
        return f"{cls.__name__} has no setting `{name}`. {nearest(name, cls.model_fields)}".strip()
    if line.type == "missing":
        return f"{cls.__name__} needs `{name}`: {_help(cls, name)}"
    if not name:
        return f"{line.message.removeprefix('Value error, ')} {received}"
    info = cls.model_fields.get(name)
    rule = _rule(Setting.of(name, info)) if info is not None else line.message
    if line.type == "value_error":
        rule = line.message.removeprefix("Value error, ")
    return f"{rule} {received}"


def _help(cls: type[BaseModel], name: str) -> str:
    info = cls.model_fields.get(name)
    return (info.description or "it has no default.") if info is not None else "it has no default."


def _rule(s: Setting) -> str:
    words = {
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "text": "a text",
        "ints": "a whole number or a list of them",
        "texts": "a list of texts",
        "choice": "",
        "other": "of its declared form",
    }
    options = [words[s.type]] if words[s.type] else []
    options += [f"`{choice}`" for choice in s.choices]
    if s.optional:
        options.append("nothing")
    text = "must be " + " or ".join(options)
    if s.low is not None:
        text += f", {'more than' if s.low_open else 'at least'} {_number(s.low)}"
    if s.high is not None:
        text += f", {'less than' if s.high_open else 'at most'} {_number(s.high)}"
    return text + "."


def shown(value: object) -> str:
    """What came, in short."""
    text = json.dumps(value, default=repr) if not isinstance(value, str) else f"`{value}`"
    return text if len(text) <= 80 else text[:77] + "…"


def _number(value: float) -> str:
    """A bound as a person writes it: 1,000,000 and 0.5."""
    return f"{int(value):,}" if float(value).is_integer() and abs(value) < 1e12 else f"{value:g}"
