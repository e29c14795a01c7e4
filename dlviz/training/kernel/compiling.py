"""Compiling: the kernel's machine code, made once a machine, kept on disk, checked before it is used.

It lies in `kernel-<key>/` beside the sources, where Python keeps its own (`__pycache__`), or, where that is read-only,
in `$DLVIZ_HOME/cache`. The key follows from the kernel's sources, numba's version and the processor, so that no other
code is ever taken for it; `sums.json` holds a checksum of every file, and a folder whose sums do not fit is not used.
(It is code, as a `.pyc` is: whoever may write there may run programs as this user anyway.) Where nothing can be
written, the code is made in memory, in each process anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from dlviz.core import places
from dlviz.core.files import read_record, write_json

Made = TypeVar("Made")
Status = Literal["loaded", "cached", "absent", "impossible"]

#: What is compiled, or stands in what is compiled.
_SOURCES = (
    "activations", "functions", "gate", "lanes", "losses", "lstm_steps", "passes", "plan", "products", "steps", "tiles",
    "updates",
)  # fmt: skip
#: Of `steps.train`.
_ARGUMENTS = (
    "float32[:, ::1]", "int64[::1]", "float32[::1]", "float32[::1]", "int64", "float32[::1]", "int64[:, ::1]",
    "float32[:, ::1]", "float32[::1]", "float32[::1]", "float32[::1]", "float32[::1]", "float32[::1]", "int64", "int64",
    "float64[::1]", "float64", "float64[::1]", "int64[::1]", "float64[::1]", "int64", "int64", "float32[::1]",
    "float32[::1]", "float32[::1]", "float32[::1]", "float32[::1]", "float32[::1]", "int64", "int64", "int64[::1]",
)  # fmt: skip
#: Of `lstm_steps.forward` and `.backward`; N: numbers that are multiplied, float32 or bfloat16 (as int16).
_FORWARD = ("N", "N", "float32[::1]", "N", "float32[::1]", "float32[::1]", *["int64"] * 6)
_BACKWARD = ("N", "N", *["float32[::1]"] * 4, "N", "float32[::1]", *["int64"] * 6)
#: Seconds after which the code of other sources or processors is thrown away.
_KEPT = 30 * 24 * 3600


class Code(NamedTuple):
    """All that is compiled."""

    train: Callable[..., None]
    forward: Callable[..., None]  # of an LSTM
    backward: Callable[..., None]


_loaded: Code | None = None
_maker: subprocess.Popen[bytes] | None = None
_prepared = False
_lock = threading.Lock()


def status() -> Status:
    """Whether the code is in this process, on disk (ready in about a tenth of a second), or must be made first, which
    takes seconds; `impossible` where numba is missing or its compiler is switched off."""
    if _loaded is not None:
        return "loaded"
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0") or importlib.util.find_spec("numba") is None:
        return "impossible"
    return "cached" if any(map(whole, folders())) else "absent"


def train() -> Callable[..., None]:
    """`steps.train`, compiled: from this process, from disk, or made now."""
    return code().train


def code() -> Code:
    """What is compiled: from this process, from disk, or made now."""
    global _loaded
    with _lock:
        if _loaded is None:
            _loaded = from_disk(folders(), _compiled) or made(folders(), _compiled)
        return _loaded


def prepare() -> None:
    """See to it that the code will be on disk soon: where it is not, a process of low priority of its own makes it."""
    global _maker
    if _maker is not None or status() != "absent":  # a worker inherits what its host has begun
        return
    _maker = subprocess.Popen(
        [sys.executable, "-m", "dlviz.training.kernel"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    _maker.returncode = 0  # nobody waits for it


def warm() -> None:
    """Load the code where it is on disk, else prepare it; takes half a second at most. The host calls it when idle."""
    if status() == "cached":
        train()
    else:
        prepare()


def folders() -> tuple[Path, ...]:
    """Where the machine code for these sources and this processor may lie."""
    name = f"kernel-{_key()}"
    return Path(__file__).parent / "__pycache__" / name, places.home() / "cache" / name


def from_disk(among: Iterable[Path], compiled: Callable[[Path | None], Made]) -> Made | None:
    """What was kept in one of these folders; `compiled` makes it, with a folder for numba's files. None: it is not
    there, or not whole."""
    for place in among:
        if whole(place):
            try:
                return compiled(place)
            except Exception:  # whatever a damaged file makes of numba: it is made anew
                continue
    return None


def made(among: Iterable[Path], compiled: Callable[[Path | None], Made]) -> Made:
    """Compile; keep it in the first of these folders where that is possible, under its name only when it is whole."""
    for place in among:
        own = place.with_name(f"{place.name}.{os.getpid()}")
        try:
            own.mkdir(parents=True, exist_ok=True)
            return _kept(place, own, compiled)
        except OSError:  # read-only, or the disk is full
            continue
        finally:
            shutil.rmtree(own, ignore_errors=True)
    return compiled(None)


def _kept(place: Path, own: Path, compiled: Callable[[Path | None], Made]) -> Made:
    found = compiled(own)
    write_json(own / "sums.json", {"files": _sums(own)})
    if not whole(place):  # else another process was first
        shutil.rmtree(place, ignore_errors=True)
        with contextlib.suppress(OSError):
            own.rename(place)
    for other in place.parent.glob(f"{place.name.partition('-')[0]}-*/sums.json"):  # of sources that are long gone
        if time.time() - other.stat().st_mtime > _KEPT:
            shutil.rmtree(other.parent, ignore_errors=True)
    return found


def _compiled(cache: Path | None) -> Code:
    with cache_folder(cache):
        from dlviz.training.kernel import lstm_steps, steps, tiles

        kinds = ["float32[::1]", "int16[::1]"] if tiles.HALF else ["float32[::1]"]

        def each(arguments: tuple[str, ...]) -> list[str]:
            return [_signature(kind if argument == "N" else argument for argument in arguments) for kind in kinds]

        return Code(
            _one(steps.train, [_signature(_ARGUMENTS)], cache),
            _one(lstm_steps.forward, each(_FORWARD), cache),
            _one(lstm_steps.backward, each(_BACKWARD), cache),
        )


def _one(function: Callable[..., None], signatures: list[str], cache: Path | None) -> Callable[..., None]:
    import numba

    make: Any = numba.njit(signatures, error_model="numpy", nogil=True, cache=cache is not None)
    made: Callable[..., None] = make(function)
    return made


def _signature(arguments: Iterable[str]) -> str:
    return f"void({', '.join(arguments)})"


@contextmanager
def cache_folder(cache: Path | None) -> Iterator[None]:
    """numba asks its settings where to keep code when a function is declared."""
    import numba

    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache) if cache is not None else before
    try:
        yield
    finally:
        config.CACHE_DIR = before


def whole(place: Path) -> bool:
    """Whether a folder holds all that was kept there, as it was."""
    known = (read_record(place / "sums.json") or {}).get("files")
    try:
        return bool(known) and known == _sums(place)
    except OSError:
        return False


def _sums(place: Path) -> dict[str, str]:
    return {
        str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(place.rglob("*"))
        if path.is_file() and path.name != "sums.json"
    }


def _key() -> str:
    """What the machine code follows from. numba compares the times of the compiled files, so they stand in it, too."""
    digest = hashlib.blake2b(digest_size=8)
    sources = [Path(__file__).with_name(f"{name}.py") for name in _SOURCES]
    for path in sources:
        digest.update(path.read_bytes())
    times = [Path(__file__).with_name(f"{name}.py").stat().st_mtime_ns for name in ("steps", "lstm_steps")]
    versions = [importlib.metadata.version(name) for name in ("numba", "llvmlite", "numpy")]
    digest.update(repr((_ARGUMENTS, _FORWARD, _BACKWARD, times, versions, sys.version, processor())).encode())
    return digest.hexdigest()


def processor() -> str:
    from llvmlite import binding

    return f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}"
