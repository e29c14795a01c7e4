"""Home: the folder where runs, drafts and uploads live."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlviz.core import places
from dlviz.core.problems import WrongInput

FOLDERS = ("runs", "drafts", "uploads", "data", "queue", "logs")


def home() -> Path:
    """`$DLVIZ_HOME`, or `~/.dlviz`, with its folders made."""
    path = places.home()
    for name in FOLDERS:
        (path / name).mkdir(parents=True, exist_ok=True)
    return path


def only_uploads(data: Mapping[str, Any]) -> None:
    """Raise `WrongInput` where a path in the data leads anywhere but into the uploads: a page must not read other
    files of the machine it runs on."""
    for name, path in data.items():
        if not path or not (name == "path" or name.endswith("_path")):
            continue
        try:
            inside = Path(str(path)).resolve().is_relative_to((home() / "uploads").resolve())
        except (ValueError, OSError, RuntimeError):  # what no system takes for a path
            inside = False
        if not inside:
            raise WrongInput(
                f"data.{name}: on this page, data of your own comes in as an upload. Received: {str(path)[:200]}. "
                f"Upload the file on the page Data, then open the spec again without its `data.{name}`."
            )
