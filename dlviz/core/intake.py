"""Intake: a file that somebody sends, checked before it is kept, and kept under its content."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from dlviz.core.problems import WrongInput

_PIECE = 2**20
#: The folder of a file that is not checked yet, and seconds after which nobody works on it any more.
_INCOMING, _LEFT = ".incoming-", 24 * 3600.0


def take_in(name: str, stream: BinaryIO, folder: Path, check: Callable[[Path], object], most: int, what: str) -> Path:
    """Store what `stream` gives as `folder`/<content hash>/<name>, once it has passed `check`; its place.

    The same content under the same name is stored once. `WrongInput` where `check` raises it, or where there are more
    than `most` bytes of `what` ("an upload"); then nothing is left behind.
    """
    kept = clean_name(name)
    folder.mkdir(parents=True, exist_ok=True)
    forget(folder.glob(f"{_INCOMING}*"), _LEFT)  # by a server that was killed while it took something in
    with tempfile.TemporaryDirectory(prefix=_INCOMING, dir=folder) as temporary:
        draft = Path(temporary, kept)
        digest, size = hashlib.sha256(), 0
        with draft.open("wb") as file:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > most:
                    raise WrongInput(f"{kept}: {what} may have at most {most // 2**20} MB. Received: more.")
                digest.update(piece)
                file.write(piece)
        check(draft)
        place = folder / digest.hexdigest()[:16] / kept
        place.parent.mkdir(exist_ok=True)
        os.replace(draft, place)
    return place


def forget(folders: Iterable[Path], after: float) -> None:
    """Remove those folders that have not changed for `after` seconds."""
    for folder in folders:
        with suppress(FileNotFoundError):  # another was quicker
            if time.time() - folder.stat().st_mtime > after:
                shutil.rmtree(folder, ignore_errors=True)


def clean_name(name: str) -> str:
    """The last piece of a name without anything that could mislead a file system."""
    last = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r"[^\w.\- ()]", "_", last).strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    return f"{stem[:80]}.{suffix[:16]}" if dot and stem else plain[:80] or "file"
