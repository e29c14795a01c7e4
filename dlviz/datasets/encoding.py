"""From bytes to text: which encoding a file is written in, and whether it is a text at all."""

from __future__ import annotations

import codecs
import re
from typing import Literal

from dlviz.core.problems import WrongInput

Encoding = Literal["auto", "utf-8", "utf-16", "cp1252", "latin-1"]

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: First bytes of files that people take for tables.
_FOREIGN = (
    (b"PK\x03\x04", "a zip (an Excel or LibreOffice table is one): save it as CSV first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook: save it as CSV first"),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"PAR1", "a Parquet file: give it the ending .parquet"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x93NUMPY", "a numpy array"),
    (b"\x89HDF", "an HDF5 file"),
)
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 26, 27}) + b"\x7f"
_STEERING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")


def text_of(content: bytes, name: str, encoding: Encoding = "auto") -> tuple[str, str]:
    """(the text, its encoding). `WrongInput` where `content` is empty, no text, or not in the `encoding` given."""
    if not content.strip():
        raise WrongInput(f"{name} is empty. A table needs a line per example.")
    foreign(content, name)
    chosen = encoding if encoding != "auto" else _guess(content)
    if chosen == "utf-8" and content.startswith(codecs.BOM_UTF8):
        chosen = "utf-8-sig"
    try:
        text = content.decode(chosen)
    except UnicodeDecodeError as error:
        raise WrongInput(
            f"{name} must be a text in {chosen}. Received a byte at position {error.start:,} that is none. "
            "Leave the encoding to be detected, or save the file as UTF-8."
        ) from None
    zero = text.find("\0")
    if zero >= 0:
        line = text.count("\n", 0, zero) + 1
        raise WrongInput(f"{name} must be a text. Received a zero byte in line {line}: the file is binary or damaged.")
    if sum(map(text.count, map(chr, _CONTROL))) > max(2, len(text) // 100):
        raise WrongInput(f"{name} must be a text. Received control characters: the file is binary or damaged.")
    return text, chosen


def foreign(content: bytes, name: str) -> None:
    """`WrongInput` where the first bytes are those of another kind of file."""
    for mark, what in _FOREIGN:
        if content.startswith(mark) and (mark != b"MZ" or b"\0" in content[:256]):
            raise WrongInput(f"{name} must be a text table (CSV or TSV). Received {what}.")


def _guess(content: bytes) -> str:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    head = content[:4000]
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):  # no mark, but every other byte is zero
        if len(head) >= 8 and head[offset::2].count(0) > 0.8 * len(head[offset::2]) and 0 not in head[1 - offset :: 2]:
            return name
    for name in ("utf-8", "cp1252"):
        try:
            content.decode(name)
            return name
        except UnicodeDecodeError:
            continue
    return "latin-1"


def plain(text: str) -> str:
    """The text with a mark for each character that steers a terminal or turns the direction of writing: names and
    cells are shown to people, and must not change what else they see."""
    return _STEERING.sub("\ufffd", text)
