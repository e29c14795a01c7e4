"""A shared experiment comes out of its link as it went in, and nothing else comes out of any."""

from __future__ import annotations

import base64
import json
import math
import string
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlviz.core.problems import WrongInput
from dlviz.lessons import lessons, read
from dlviz.runs import share
from dlviz.runs.share import packed, unpacked

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(
    st.dictionaries(st.text(), VALUES, max_size=6).filter(lambda document: not isinstance(document.get("data"), dict))
)
def test_a_document_comes_out_as_it_went_in(document: dict[str, Any]) -> None:
    text = packed(document)
    assert set(text) <= set(string.ascii_letters + string.digits + "-_")
    again = unpacked(text)
    assert again == document and json.dumps(again) == json.dumps(document)


def test_lessons_fit_into_a_link() -> None:
    for name in lessons():
        document = read(name)
        text = packed(document)
        assert unpacked(text) == document
        assert len(text) < 2000, "short enough for any browser and any messenger"


def squeezed(content: bytes) -> str:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.urlsafe_b64encode(stream.compress(content) + stream.flush()).decode().rstrip("=")


def bomb() -> str:
    """64 MiB of zeros, and those once more inside."""
    return squeezed(b'{"a": "' + bytes(64 * 2**20) + b'"}')


HOSTILE = {
    "nothing": "",
    "cut off": packed({"version": 1, "data": {"kind": "Digits"}, "title": "A title"})[:-8],
    "more behind it": packed({"version": 1}) + "AAAA",
    "another alphabet": "+/+/",
    "not ASCII": "äöü",
    "too long": "A" * 300_000,
    "a zip": base64.urlsafe_b64encode(b"PK\x03\x04" + bytes(60)).decode(),
    "no JSON": squeezed(b"version: 1"),
    "a list": squeezed(b"[1]"),
    "no number": squeezed(b'{"a": NaN}'),
    "endless": squeezed(b'{"a": 1e999}'),
    "a long number": squeezed(b'{"a": ' + b"9" * 100_000 + b"}"),
    "deep": squeezed(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
    "no UTF-8": squeezed(b'{"a": "\xff"}'),
    "a bomb": bomb(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_experiment_gets_a_sentence(name: str) -> None:
    with pytest.raises(WrongInput) as refusal:
        unpacked(HOSTILE[name])
    assert len(str(refusal.value)) < 300


def test_a_link_reads_no_file_of_this_machine(dlviz_home: Path) -> None:
    for path in ("/etc/passwd", "../../secret.csv", str(dlviz_home / "uploads" / ".." / "runs"), "a\0b", ["/etc"]):
        with pytest.raises(WrongInput, match="upload"):
            unpacked(packed({"version": 1, "data": {"kind": "Table", "path": path}}))
    own = {"version": 1, "data": {"kind": "Table", "path": str(dlviz_home / "uploads" / "own.csv")}}
    assert unpacked(packed(own)) == own


def test_what_fits_into_no_link_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share, "LONGEST_TEXT", 100)
    with pytest.raises(WrongInput, match="too large for a link"):
        packed({"title": string.printable * 3})
    for odd in (math.nan, {1, 2}, b"x"):
        with pytest.raises(WrongInput, match="plain JSON"):
            packed({"a": odd})
