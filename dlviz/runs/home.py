"""Home: the folder where runs, drafts and uploads live."""

from __future__ import annotations

from pathlib import Path

from dlviz.core import places

FOLDERS = ("runs", "drafts", "uploads", "data", "queue", "logs")


def home() -> Path:
    """`$DLVIZ_HOME`, or `~/.dlviz`, with its folders made."""
    path = places.home()
    for name in FOLDERS:
        (path / name).mkdir(parents=True, exist_ok=True)
    return path
