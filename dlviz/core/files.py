"""Atomic file writes: a reader sees the old content or the new, never half of it."""

from __future__ import annotations

import errno
import json
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: What the system says where the disk is full, and where nothing can be written for that or another reason.
FULL = (errno.ENOSPC, errno.EDQUOT)
NO_ROOM = (*FULL, errno.EROFS, errno.EACCES, errno.EPERM)


def when_there_is_room(write: Callable[[], object], pause: float = 0.5) -> None:
    """Write; where the disk is full or locked, try again until it works."""
    while True:
        try:
            write()
            return
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            time.sleep(pause)


def replace_with(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it into place.

    On failure (a full disk, say) the old file stays, the temporary one goes, and the error is passed on.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, write)


def replace_file(path: Path, content: bytes) -> None:
    """As `write_bytes`, into a folder that is there: FileNotFoundError where it is not."""
    _replace(path, lambda temporary: temporary.write_bytes(content))


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}{path.suffix}")
    temporary.touch(mode=0o666, exist_ok=False)  # less what the user's umask takes away, as for any new file
    try:
        write(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path`, atomically."""
    replace_with(path, lambda temporary: temporary.write_bytes(content))


def write_json(path: Path, value: Any, indent: int | None = None) -> None:
    """Write `value` as JSON to `path`, atomically."""
    write_bytes(path, json.dumps(value, indent=indent, ensure_ascii=False).encode())


def read_json(path: Path, default: Any = None) -> Any:
    """The JSON in `path`, or `default` where there is no such file."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return default
    except RecursionError:
        raise ValueError(f"{path.name} is nested too deeply") from None


def read_record(path: Path) -> dict[str, Any] | None:
    """The JSON object in `path`; empty where there is no such file, None where it holds anything else.

    For files that must not stop a page, a list of runs or the host when somebody or a full disk has damaged them.
    """
    try:
        found = read_json(path, {})
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
