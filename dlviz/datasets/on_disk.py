"""Columns that lie on disk: what is too large for memory is a file that is mapped into it.

The file has no name any more once it is mapped, so it goes with the process, however that ends. A training reads its
examples out of it in any order; the system keeps in memory what fits. A column on disk is a tensor like any other.
"""

from __future__ import annotations

import mmap
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from dlviz.core import places
from dlviz.core.memory import available_memory
from dlviz.core.problems import WrongInput

#: What a data set may take of the memory that is free, before it is put on disk.
SHARE = 0.5
#: What it may take of the disk that is free.
_DISK_SHARE = 0.9
#: Set to a number of bytes, larger columns are put on disk however much memory is free.
LIMIT = "DLVIZ_MEMORY"


def fits(needed: int) -> bool:
    """Whether so many bytes may lie in memory."""
    asked = os.environ.get(LIMIT, "")
    most = int(asked) if asked.isascii() and asked.isdigit() else int(available_memory() * SHARE)
    return needed <= most


def check_room(needed: int, what: str) -> None:
    """`WrongInput` where not even the disk has room for `needed` bytes."""
    free = shutil.disk_usage(_folder()).free
    if needed > free * _DISK_SHARE:
        raise WrongInput(
            f"{what} need {needed / 2**30:.1f} GB: more than memory holds, and more than is free on disk "
            f"({free / 2**30:.1f} GB in {_folder()}). Choose a smaller size, or make room."
        )


def room(shape: tuple[int, ...], dtype: DTypeLike, on_disk: bool) -> NDArray[Any]:
    """An array to be filled, in memory or on disk."""
    if not on_disk or not int(np.prod(shape)):
        return np.empty(shape, dtype)
    handle, name = tempfile.mkstemp(dir=_folder(), prefix="column-")
    try:
        os.ftruncate(handle, int(np.prod(shape)) * np.dtype(dtype).itemsize)
        mapped = np.memmap(name, dtype, "r+", shape=shape)
    finally:
        os.close(handle)
        if os.name == "posix":
            os.unlink(name)
    if hasattr(mmap, "MADV_RANDOM"):  # else the system reads a hundred neighbours with every example
        mapped._mmap.madvise(mmap.MADV_RANDOM)  # type: ignore[attr-defined]
    return np.asarray(mapped)


def _folder() -> Path:
    """Where the files lie: beside the runs, for the usual place for temporary files is often in memory."""
    folder = places.home() / "cache" / "columns"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
