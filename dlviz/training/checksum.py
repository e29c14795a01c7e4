"""Checksum: whether the two files of a checkpoint are whole, and belong to each other. No torch here.

<step>.json   {"bytes", "crc32": of the tensor file, "facts": {…}, "facts_crc32": of the facts as JSON}
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any


def head_of(content: bytes, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What <step>.json holds beside the bytes of a tensor file."""
    return {"bytes": len(content), "crc32": zlib.crc32(content), "facts": facts, "facts_crc32": _crc(facts)}


def whole(head: Any, content: bytes) -> bool:
    """Whether a head and a tensor file are what was written. Heads of before facts had a checksum are believed."""
    if not isinstance(head, dict) or not isinstance(head.get("facts"), dict):
        return False
    if (len(content), zlib.crc32(content)) != (head.get("bytes"), head.get("crc32")):
        return False
    return "facts_crc32" not in head or head["facts_crc32"] == _crc(head["facts"])


def _crc(facts: Mapping[str, Any]) -> int:
    """Of the facts as they are written: read and written again they are the same text."""
    return zlib.crc32(json.dumps(facts, ensure_ascii=False).encode())
