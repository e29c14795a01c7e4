"""Lessons: one document each: a title, words for the student, and a spec that trains as it stands."""

from __future__ import annotations

from pathlib import Path

import yaml


def lessons() -> dict[str, Path]:
    """The built-in lessons by name (`01-digits`), in the order of their file names."""
    return {path.stem: path for path in sorted(Path(__file__).parent.glob("*.yaml"))}


def read(name: str) -> dict[str, object]:
    """The document of one lesson as plain values."""
    document = yaml.safe_load(lessons()[name].read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document
