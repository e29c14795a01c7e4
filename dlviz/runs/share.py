"""Share: a whole experiment as a short text that fits into a link, and back. No torch here.

    https://…/build#draft=<text>

The text is the document as JSON, deflated without a header (RFC 1951), in base64 for URLs (RFC 4648 § 5) without
padding. A browser never sends what stands after #, so a link tells no server anything.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import zlib
from collections.abc import Mapping
from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.runs.home import only_uploads

#: What a link may hold, and what may come out of it: a few bytes can claim to be gigabytes.
LONGEST_TEXT = 256 * 1024
_MOST_BYTES = 4 * 1024 * 1024
_BROKEN = "This link does not hold a whole experiment: a part of it may have been cut off. Copy it again."


def packed(document: Mapping[str, Any]) -> str:
    """The document as letters, digits, - and _. Raises `WrongInput` where it is too large for a link."""
    try:
        content = json.dumps(dict(document), separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        raise WrongInput("A shared experiment holds plain JSON values only.") from None
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    text = base64.urlsafe_b64encode(squeezed.compress(content) + squeezed.flush()).decode().rstrip("=")
    if len(text) > LONGEST_TEXT or len(content) > _MOST_BYTES:
        raise WrongInput("This experiment is too large for a link. Save it as a spec, and share the file.")
    return text


def unpacked(text: str) -> dict[str, Any]:
    """The document in such a text. Raises `WrongInput` for anything else, and where the document asks for a file of
    this machine beyond its uploads. `Spec.parse` then tells whether it is an experiment."""
    document = _parsed(_inflated(text))
    data = document.get("data")
    if isinstance(data, dict):
        only_uploads(data)
    return document


def _inflated(text: str) -> bytes:
    text = text.strip().rstrip("=")
    if not text or len(text) > LONGEST_TEXT:
        raise WrongInput(f"A link holds up to {LONGEST_TEXT:,} letters of an experiment. Received: {len(text):,}.")
    try:
        squeezed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        stream = zlib.decompressobj(-15)
        content = stream.decompress(squeezed, _MOST_BYTES)
    except (binascii.Error, zlib.error, ValueError):
        raise WrongInput(_BROKEN) from None
    if stream.unconsumed_tail:
        raise WrongInput("What this link holds is too large to be an experiment.")
    if not stream.eof or stream.unused_data:
        raise WrongInput(_BROKEN)
    return content


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content.decode(), parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):
        raise WrongInput(_BROKEN) from None
    if not isinstance(document, dict):
        raise WrongInput("A link must hold an experiment: a mapping with at least `version` and `data`.")
    return document


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
