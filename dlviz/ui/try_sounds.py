"""Sounds to try a network on, as a page sends them: checked, kept for a while, and named by what is in them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlviz.core.files import replace_with
from dlviz.ui.posted import Refused

#: A file may have so many bytes, a sound so many seconds; so many are kept at a time.
LONGEST_FILE, LONGEST, KEPT = 8 * 2**20, 60, 40
_NAME = re.compile(r"[0-9a-f]{32}")


def wanted(found: Mapping[str, Any]) -> dict[str, Any]:
    """A request with `recording` (a file in base64) or `sound` (the name of one sent before), checked. `spoken`: it was
    recorded just now. Raises `Refused`."""
    if not set(found) <= {"recording", "sound", "spoken"} or not isinstance(found.get("spoken", False), bool):
        raise Refused(400, "A try is a JSON object with a `recording`. Received: something else.")
    if "sound" in found:
        if "recording" in found or not isinstance(found["sound"], str) or not _NAME.fullmatch(found["sound"]):
            raise Refused(400, "A sound to try is named by 32 digits and letters. Received: something else.")
        return dict(found)
    try:
        content = base64.b64decode(found["recording"], validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Refused(400, "A recording is sent in base64. Received: something else.") from None
    if len(content) > LONGEST_FILE:
        raise Refused(413, f"A sound file to try may have at most 8 MB. Received: {len(content) / 2**20:.1f} MB.")
    return {"content": content, "spoken": found.get("spoken", False)}


def keep(content: bytes, folder: Path) -> str:
    """Keep a sound file in `folder` once its header was checked; its name there. Raises `Refused`."""
    from dlviz.datasets.broken import Broken
    from dlviz.datasets.sounds import opened

    try:
        rate, samples = opened(content, "sound")
    except Broken as error:
        raise Refused(400, f"The file must be a sound (WAV, FLAC, OGG or MP3). Received: {error}.") from None
    if samples > LONGEST * rate:
        raise Refused(
            413, f"A sound to try may last at most {LONGEST} seconds. Received: {samples / rate:,.0f} seconds."
        )
    name = hashlib.sha256(content).hexdigest()[:32]
    folder.mkdir(parents=True, exist_ok=True)
    replace_with(folder / name, lambda path: path.write_bytes(content))
    for old in sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True)[KEPT:]:
        old.unlink(missing_ok=True)
    return name
