"""Pooling code: the machine code of `pooling.py`, made once a machine and kept on disk, as that of the small networks'
kernel is (see `compiling.py`), in a folder of its own."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlviz.core import places
from dlviz.training.kernel import compiling
from dlviz.training.kernel.compiling import Status

_SOURCES = ("functions", "lanes", "pooling", "storage")
#: What the functions take; `T` is what numbers are kept as: float32, or int16 for bfloat16.
_ARGUMENTS = {
    "pool": "T[::1], int64, int64, int64, T[::1], uint8[::1]",
    "pool_back": "T[::1], uint8[::1], int64, int64, int64, T[::1]",
    "convolve": "float32[::1], int64, int64, int64, int64, int64, float32[::1], float32[::1], int64, T[::1], "
    "uint8[::1]",
    "convolve_back": "T[::1], uint8[::1], float32[::1], int64, int64, int64, int64, int64, int64, float32[::1], "
    "float32[::1], float32[::1]",
}  # fmt: skip


@dataclass(frozen=True)
class Code:
    """The compiled functions, as `pooling.py` describes them, and the numbers of a register."""

    pool: Callable[..., None]
    pool_back: Callable[..., None]
    convolve: Callable[..., None]
    convolve_back: Callable[..., None]
    lanes: int


_loaded: Code | None = None
_maker: subprocess.Popen[bytes] | None = None
_lock = threading.Lock()


def status() -> Status:
    """Whether the code is in this process, on disk, or must be made first, which takes some seconds; `impossible` where
    numba is missing."""
    if _loaded is not None:
        return "loaded"
    if compiling.status() == "impossible":
        return "impossible"
    return "cached" if any(map(compiling.whole, folders())) else "absent"


def code() -> Code:
    """The functions: from this process, from disk, or made now."""
    global _loaded
    with _lock:
        if _loaded is None:
            found = compiling.from_disk(folders(), _compiled)
            _loaded = found or compiling.made(folders(), _compiled)
        return _loaded


def prepare() -> None:
    """See to it that the code will be on disk soon: a process of low priority of its own makes it."""
    global _maker
    if _maker is not None or status() != "absent":
        return
    _maker = subprocess.Popen(
        [sys.executable, "-m", __name__], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    _maker.returncode = 0  # nobody waits for it


def warm() -> None:
    """Load the code where it is on disk, else prepare it. The host calls it when idle."""
    if status() == "cached":
        code()
    else:
        prepare()


def folders() -> tuple[Path, ...]:
    """Where the machine code for these sources and this processor may lie."""
    name = f"pooling-{_key()}"
    return Path(__file__).parent / "__pycache__" / name, places.home() / "cache" / name


def _compiled(cache: Path | None) -> Code:
    import numba

    with compiling.cache_folder(cache):
        from dlviz.training.kernel import lanes, pooling

        made: dict[str, Any] = {}
        for name, arguments in _ARGUMENTS.items():
            signatures = [f"void({arguments.replace('T[', f'{kind}[')})" for kind in ("float32", "int16")]
            make: Any = numba.njit(signatures, error_model="numpy", nogil=True, cache=cache is not None)
            made[name] = make(getattr(pooling, name))
        return Code(**made, lanes=lanes.LANES)


def _key() -> str:
    """What the machine code follows from. numba compares the time of `pooling.py`, so that stands in it, too."""
    digest = hashlib.blake2b(digest_size=8)
    for name in _SOURCES:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    changed = Path(__file__).with_name("pooling.py").stat().st_mtime_ns
    versions = [importlib.metadata.version(name) for name in ("numba", "llvmlite", "numpy")]
    digest.update(repr((_ARGUMENTS, changed, versions, sys.version, compiling.processor())).encode())
    return digest.hexdigest()


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)
    code()
