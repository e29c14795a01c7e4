"""Marks: what a comment in exported code says of the drawing that the code itself does not show.

self.output = nn.Linear(64, 10)  # drawn with out_features='auto'
# image: (N, 1, 28, 28), drawn as input with field='image'
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

_MARK = re.compile(r"\bdrawn(?: as (?P<name>[A-Za-z_][A-Za-z0-9_]{0,63}))?(?: with (?P<settings>.{1,2000}))?$")


def mark(settings: Mapping[str, Any], name: str = "") -> str:
    """The comment; empty where there is nothing to say. Settings are plain values."""
    said = ", ".join(f"{key}={value!r}" for key, value in settings.items())
    words = [f"as {name}"] if name else []
    words += [f"with {said}"] if said else []
    return " ".join(["drawn", *words]) if words else ""


def marked(comment: str) -> tuple[str, dict[str, Any]]:
    """The name and the settings that a comment says; empty ones where it says none."""
    found = _MARK.search(comment[:4000])
    if found is None:
        return "", {}
    return found["name"] or "", _settings(found["settings"] or "")


def _settings(text: str) -> dict[str, Any]:
    try:
        call = ast.parse(f"f({text})", mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            return {}
        return {word.arg: _listed(ast.literal_eval(word.value)) for word in call.keywords if word.arg}
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return {}


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, (list, tuple)) else value
