"""The files of a folder or zip, listed and read with care. A zip is never unpacked to disk."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dlviz.core.problems import WrongInput
from dlviz.datasets.broken import Broken
from dlviz.datasets.pictures import MOST_BYTES

MOST_ENTRIES = 200_000
MOST_UNPACKED = 4 * 2**30
#: Text packs to a tenth, pictures hardly at all; a bomb to a thousandth.
MOST_RATIO = 100
_FREE = 32 * 2**20  # below this much no ratio is dangerous
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst")
_CLUTTER = ("__macosx", "thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Entry:
    """A file inside: its way from the top, and how to read it."""

    way: tuple[str, ...]
    size: int
    source: zipfile.ZipFile | Path
    member: zipfile.ZipInfo | None = None

    @property
    def name(self) -> str:
        return "/".join(self.way)

    def read(self) -> bytes:
        """Its content. Raises `Broken` where it is damaged or too large."""
        if self.size > MOST_BYTES:
            raise Broken("larger than 64 MB")
        try:
            if isinstance(self.source, Path):
                return self.source.read_bytes()
            assert self.member is not None
            with self.source.open(self.member) as stream:
                return stream.read(MOST_BYTES)
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
            raise Broken(f"cannot be unpacked ({str(error)[:80]})") from None
        except Exception as error:  # lzma and bz2 have errors of their own
            raise Broken(f"cannot be unpacked ({type(error).__name__})") from None


@contextmanager
def entries(path: str | Path, noun: str = "pictures") -> Iterator[list[Entry]]:
    """The files (`noun`) in a folder or zip, dotfiles and system clutter left out, in the order of their names.

    Raises `WrongInput` for a zip that is none or is dangerous.
    """
    try:
        place = Path(path).expanduser()
        is_folder = place.is_dir()
        head = b"" if is_folder else _first_bytes(place)
    except (OSError, ValueError, RuntimeError):
        raise WrongInput(
            f"There is no folder or zip {str(path)[:200]!r} that may be read. "
            f"It must hold one folder of {noun} a class."
        ) from None
    if is_folder:
        yield _in_folder(place)
        return
    if not head:
        raise WrongInput(f"{place.name} is empty. It must be a zip with one folder of {noun} a class.")
    try:
        archive = zipfile.ZipFile(place)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, ValueError, NotImplementedError) as error:
        what = "a file that is none" if head[:2] != b"PK" else f"a damaged one ({str(error)[:80]})"
        raise WrongInput(f"{place.name} must be a zip (or a folder) of {noun}. Received {what}.") from None
    with archive:
        yield _in_zip(archive, place.name, noun)


def _first_bytes(place: Path) -> bytes:
    with place.open("rb") as stream:
        return stream.read(4)


def _in_folder(top: Path) -> list[Entry]:
    found = []
    for folder, below, files in os.walk(top):  # links to folders are not followed
        below[:] = sorted(name for name in below if not _clutter(name))
        for name in sorted(files):
            file = Path(folder, name)
            if not _clutter(name) and not file.is_symlink() and file.is_file():
                found.append(Entry(file.relative_to(top).parts, file.stat().st_size, file))
        if len(found) > MOST_ENTRIES:
            raise WrongInput(f"{top} may hold at most {MOST_ENTRIES:,} files. Received: more. Choose a smaller folder.")
    return found


def _in_zip(archive: zipfile.ZipFile, name: str, noun: str) -> list[Entry]:
    members = archive.infolist()
    check_members(members, name, noun)
    found = []
    for member in members:
        way = PurePosixPath(member.filename).parts
        if not member.is_dir() and not any(map(_clutter, way)):
            found.append(Entry(way, member.file_size, archive, member))
    return sorted(found, key=lambda entry: entry.way)


def check_members(members: list[zipfile.ZipInfo], name: str, noun: str = "pictures") -> None:
    """`WrongInput` where what a zip says it holds is dangerous: nothing has been unpacked yet."""
    if not members:
        raise WrongInput(f"{name} is a zip with nothing in it. It must hold one folder of {noun} a class.")
    if len(members) > MOST_ENTRIES:
        raise WrongInput(f"{name}: a zip may hold at most {MOST_ENTRIES:,} files. Received: {len(members):,}.")
    unpacked, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if unpacked > MOST_UNPACKED:
        raise WrongInput(
            f"{name}: a zip may unpack to at most 4 GB. Received: {unpacked / 2**30:,.0f} GB (a zip bomb?)."
        )
    heaviest = max((m for m in members if m.file_size > _FREE), key=_ratio, default=None)
    if unpacked > _FREE and unpacked > MOST_RATIO * max(packed, 1) or heaviest and _ratio(heaviest) > MOST_RATIO:
        raise WrongInput(
            f"{name}: files may shrink to a hundredth when packed. These shrink to a {unpacked // max(packed, 1):,}th, "
            f"as in a zip bomb. Pack the {noun} themselves."
        )
    for member in members:
        inside = member.filename
        if (
            inside.startswith(("/", "\\"))
            or ".." in PurePosixPath(inside.replace("\\", "/")).parts
            or inside[1:2] == ":"
        ):
            raise WrongInput(
                f"{name}: each file must lie inside the zip. Received: `{inside[:80]}`, which leads outside."
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise WrongInput(
                f"{name} may hold files and folders only. Received: `{inside[:80]}`, a link. Pack the file."
            )
        if member.flag_bits & 1:
            raise WrongInput(f"{name} must not be locked by a password. `{inside[:80]}` is. Pack it without.")
        if inside.lower().endswith(_ARCHIVES) and not any(map(_clutter, PurePosixPath(inside).parts)):
            raise WrongInput(f"{name} must not hold other archives. Received: `{inside[:80]}`. Unpack that one first.")


def _ratio(member: zipfile.ZipInfo) -> float:
    return member.file_size / max(member.compress_size, 1)


def _clutter(name: str) -> bool:
    return name.startswith(".") or name.lower() in _CLUTTER
