"""Where the recordings of the Free Spoken Digit Dataset lie, and how they are fetched.

The project gives them as an archive that its host packs anew for whoever asks, so not the archive's bytes are checked
but those of the recordings in it.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

from dlviz.core.places import downloads, ready_data
from dlviz.core.problems import WrongInput
from dlviz.datasets.archive import check_members
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.download import Resuming

_FOLDER, _FILE = "fsdd", "fsdd_recordings.zip"
_HOME = "https://codeload.github.com/Jakobovski/free-spoken-digit-dataset/zip/refs/tags/v1.0.10"
#: sha256 over the sha256 of each of the 3,000 recordings, in the order of their names.
_HASH = "fed1719db188f40ffb81efe9ff170e5885c96777271e86e7900d0754c5993cff"
_NAME = re.compile(r"(?:.*/)?recordings/((\d)_([a-z]+)_(\d+)\.wav)")

#: (digit, speaker, number) of a recording.
Which = tuple[int, str, int]


def place() -> Path | None:
    """Where the archive lies on this machine; None: it must be fetched."""
    for folder in (ready_data(), downloads()):
        if folder is not None and (folder / _FOLDER / _FILE).is_file():
            return folder / _FOLDER / _FILE
    return None


def fetch(progress: Progress = silent) -> Path:
    """The archive's place, fetched and checked where it is missing. `WrongInput` where it cannot be had."""
    found = place()
    if found is not None:
        return found
    target = downloads() / _FOLDER / _FILE
    whole = target.with_suffix(".unchecked")
    try:
        Resuming(target.with_suffix(".part"), progress)(_HOME, whole)
        with zipfile.ZipFile(whole) as archive:
            check_members(archive.infolist(), _FILE, "sounds")
            right = digest(archive) == _HASH
    except (OSError, zipfile.BadZipFile) as error:
        whole.unlink(missing_ok=True)
        raise WrongInput(_told(f"github.com failed ({str(error)[:120] or type(error).__name__})", target)) from None
    if not right:
        whole.unlink()
        raise WrongInput(_told("github.com sent other recordings than these", target))
    whole.replace(target)
    return target


def recordings(archive: zipfile.ZipFile) -> dict[Which, str]:
    """The name in the archive of each recording."""
    matches = (_NAME.fullmatch(name) for name in archive.namelist())
    return {(int(m[2]), m[3], int(m[4])): m[0] for m in matches if m}


def digest(archive: zipfile.ZipFile) -> str:
    """What must be `_HASH`."""
    whole = hashlib.sha256()
    for name in sorted(recordings(archive).values(), key=lambda name: name.rpartition("/")[2]):
        whole.update(hashlib.sha256(archive.read(name)).digest())
    return whole.hexdigest()


def _told(what: str, target: Path) -> str:
    return (
        f"The recordings could not be fetched: {what}. Connect to the internet and try again. Or put {_FILE}, a zip "
        f"with the folder recordings of the project free-spoken-digit-dataset, into {target.parent} by hand, or into "
        f"`{_FOLDER}` in the folder that $DLVIZ_DATA names."
    )
