"""Models: files of networks from elsewhere, kept while they wait to become runs. No torch in here."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from dlviz.core.problems import WrongInput
from dlviz.datasets.uploads import clean_name
from dlviz.foreign.limits import MOST_BYTES
from dlviz.foreign.recognize import recognized

#: How long a file is kept, in seconds: its run has a copy of it.
KEPT = 24 * 3600.0
#: What a page may be asked to take in.
ENDINGS = ("onnx", "pt2", "safetensors")
_PIECE = 2**20


def keep(name: str, stream: BinaryIO, home: Path) -> Path:
    """Store what `stream` gives below `home`/models, once its form is recognized; its place. On refusal (`WrongInput`)
    nothing is left behind."""
    folder = home / "models"
    folder.mkdir(parents=True, exist_ok=True)
    _tidy(folder)
    kept = clean_name(name)
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=folder) as temporary:
        draft = Path(temporary, kept)
        digest, size = hashlib.sha256(), 0
        with draft.open("wb") as file:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > MOST_BYTES:
                    raise WrongInput(f"{kept}: a model may have at most {MOST_BYTES // 2**20} MB. Received: more.")
                digest.update(piece)
                file.write(piece)
        recognized(draft, kept)
        place = folder / digest.hexdigest()[:16] / kept
        place.parent.mkdir(exist_ok=True)
        os.replace(draft, place)
    return place


def _tidy(folder: Path) -> None:
    for left in folder.iterdir():
        with suppress(FileNotFoundError):  # another was quicker
            if time.time() - left.stat().st_mtime > KEPT:
                shutil.rmtree(left, ignore_errors=True)
