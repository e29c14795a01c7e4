"""Atomic file writes: a reader sees the old content or the new, never half of it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any


def replace_with(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it into place.

    On failure (a full disk, say) the old file stays, the temporary one goes, and the error is passed on.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
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
