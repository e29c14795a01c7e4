"""Home: the folder where runs, drafts and uploads live."""

from __future__ import annotations

import os
from pathlib import Path

FOLDERS = ("runs", "drafts", "uploads", "data", "queue", "logs")


def home() -> Path:
    """`$DLVIZ_HOME`, or `~/.dlviz`, with its folders made."""
    path = Path(os.environ.get("DLVIZ_HOME") or Path.home() / ".dlviz").expanduser().absolute()
    for name in FOLDERS:
        (path / name).mkdir(parents=True, exist_ok=True)
    return path
