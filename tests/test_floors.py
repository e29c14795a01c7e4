"""The floors of the house: each room imports only from floors below it. Read from the source, nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Lowest first. Rooms on one floor do not import each other.
FLOORS: list[tuple[str, ...]] = [
    ("core",),
    ("layers", "datasets"),
    ("draw",),
    ("optimization", "generation"),
    ("network",),
    ("blocks",),
    ("tasks",),
    ("templates",),
    ("probes", "doctor", "foreign"),
    ("training",),
    ("explainers", "inside", "trying"),
    ("trust",),
    ("studies",),
    ("reports",),
    ("asking",),
    ("lessons",),
    ("runs",),
    ("cli",),
    ("__main__",),
    ("ui",),
    ("pages", "app"),
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
FILES = [*sorted((ROOT / "dlviz").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py")), ROOT / "app.py"]


def room_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "dlviz" and len(parts) > 1 else parts[0]


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """All that stands in a file: its imports and what it calls."""
    every = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return tuple(node for node in every if isinstance(node, (ast.Import, ast.ImportFrom, ast.Call)))


def imported(file: Path) -> Iterator[str]:
    """The full names of all modules that a file imports, inside functions too."""
    for node in nodes(file):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: imports are written in full here"
            module = node.module or ""
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_a_room_imports_only_from_floors_below() -> None:
    wrong = []
    for file in FILES:
        here = room_of(file)
        if file == ROOT / "dlviz" / "__init__.py":
            continue
        assert here in FLOOR, f"{here} has no floor: give it one in this test and in ARCHITECTURE.md"
        for name in imported(file):
            parts = name.split(".")
            if parts[0] != "dlviz" or len(parts) < 2 or parts[1] not in FLOOR:
                continue
            if parts[1] != here and FLOOR[parts[1]] >= FLOOR[here]:
                wrong.append(f"{file.relative_to(ROOT)} ({here}) imports {name}")
    assert len(FILES) > 500 and not wrong


def test_streamlit_stays_in_the_user_interface() -> None:
    below = [file for file in FILES if room_of(file) not in ("ui", "pages", "app")]
    assert not [file for file in below if any(name.split(".")[0] == "streamlit" for name in imported(file))]


@pytest.mark.parametrize("file", sorted((ROOT / "pages").glob("*.py")), ids=lambda file: file.name)
def test_pages_hold_no_torch(file: Path) -> None:
    heavy = {"torch", "captum", "shap", "lime", "torchmetrics", "sklearn"}
    assert not heavy & {name.split(".")[0] for name in imported(file)}


def test_nothing_is_unpickled_or_executed() -> None:
    """`pickle`, `torch.load`, `joblib`, `eval` and `exec` appear nowhere in the product."""
    for file in FILES:
        for name in imported(file):
            assert name.split(".")[0] not in ("pickle", "cPickle", "joblib", "dill", "cloudpickle", "marshal"), file
        for node in nodes(file):
            if not isinstance(node, ast.Call):
                continue
            function = node.func
            if isinstance(function, ast.Name):
                assert function.id not in ("eval", "exec"), f"{file}:{node.lineno}"
            if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
                assert (function.value.id, function.attr) != ("torch", "load"), f"{file}:{node.lineno}"
                assert (function.value.id, function.attr) != ("yaml", "load"), f"{file}:{node.lineno}"
