"""Models: files of networks from elsewhere, kept while they wait to become runs. No torch in here."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from dlviz.core.intake import forget, take_in
from dlviz.foreign.limits import MOST_BYTES
from dlviz.foreign.recognize import recognized

#: How long a file is kept, in seconds: its run has a copy of it.
KEPT = 24 * 3600.0


def keep(name: str, stream: BinaryIO, home: Path) -> Path:
    """Store what `stream` gives below `home`/models, once its form is recognized; its place. On refusal (`WrongInput`)
    nothing is left behind."""
    folder = home / "models"
    forget(folder.glob("*"), KEPT)
    return take_in(name, stream, folder, recognized, MOST_BYTES, "a model")
