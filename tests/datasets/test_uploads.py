"""Uploads: kept under their content, or refused with nothing left behind."""

from __future__ import annotations

import contextlib
import io
import os
import random
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_data import mixed_frame, picture, two_classes, zip_of

from dlviz.core.intake import clean_name
from dlviz.core.problems import WrongInput
from dlviz.datasets.image_folder import ImageFolder
from dlviz.datasets.table import Table
from dlviz.datasets.uploads import check, keep

CSV = mixed_frame().to_csv(index=False).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def link_inside() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        link = zipfile.ZipInfo("cats/0.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return stream.getvalue()


def locked() -> bytes:
    content = bytearray(zipped(two_classes(1)))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # set the flag `encrypted` in both kinds of header
        place = content.find(mark)
        while place >= 0:
            content[place + at] |= 1
            place = content.find(mark, place + 4)
    return bytes(content)


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header claims a size that its few bytes of content would unpack to."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def test_an_upload_is_kept_once_under_its_content(tmp_path: Path) -> None:
    first = keep("my table.csv", io.BytesIO(CSV), tmp_path)
    second = keep("my table.csv", io.BytesIO(CSV), tmp_path)
    other = keep("my table.csv", io.BytesIO(CSV + b"50,red,2021-04-01,100,big\n"), tmp_path)
    assert first == second != other and first.name == "my table.csv" and first.read_bytes() == CSV
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([first.parent.name, other.parent.name])
    assert keep("p.zip", io.BytesIO(zipped(two_classes())), tmp_path).suffix == ".zip"
    assert keep("p.jpg", io.BytesIO(picture(30, form="JPEG")), tmp_path).suffix == ".jpg"
    parquet = io.BytesIO()
    mixed_frame().to_parquet(parquet)
    assert keep("t.parquet", io.BytesIO(parquet.getvalue()), tmp_path).suffix == ".parquet"


BOMB = {f"cats/{i}.bmp": bytes(10_000_000) for i in range(5)}
REFUSED = {
    "an empty file": ("t.csv", b"", "is empty"),
    "an unknown ending": ("t.exe", b"MZ", "must be a table"),
    "no ending": ("table", CSV, "without an ending"),
    "a pickle": ("model.pkl", b"\x80\x04}.", "must be a table"),
    "a CSV that is a zip": ("t.csv", zipped({"a": b"b"}), "Excel"),
    "a CSV that is binary": ("t.csv", b"a,b\n" + bytes(range(256)) * 4, "zero byte"),
    "a Parquet file that is none": ("t.parquet", CSV, "must be a Parquet file"),
    "a zip that is a table": ("p.zip", CSV, "must be a zip"),
    "a zip that is cut": ("p.zip", zipped(two_classes())[:-40], "a damaged one"),
    "a zip of nothing": ("p.zip", zipped({}), "nothing in it"),
    "a picture that is a script": ("p.png", b"#!/bin/sh\nrm -rf /\n", "must be a picture"),
    "a picture that is a program for PostScript": ("p.png", b"%!PS-Adobe-3.0 EPSF-3.0\n", "be a picture"),
    "a picture bomb": ("p.png", png_claiming(60_000, 60_000), "million pixels"),
    "a picture bomb below PIL's own limit": ("p.png", png_claiming(8_000, 8_000), "8,000 × 8,000"),
    "a picture bomb in a zip": ("p.zip", zipped({**two_classes(), "cats/b.png": png_claiming(9_000, 9_000)}), "mill"),
    "a way up": ("p.zip", zipped({**two_classes(), "../../evil.png": b"x"}), "leads outside"),
    "a way up on Windows": ("p.zip", zipped({**two_classes(), "..\\evil.png": b"x"}), "leads outside"),
    "an absolute path": ("p.zip", zipped({**two_classes(), "/etc/cron.d/x.png": b"x"}), "leads outside"),
    "a drive": ("p.zip", zipped({**two_classes(), "C:/x.png": b"x"}), "leads outside"),
    "a link": ("p.zip", link_inside(), "a link"),
    "a password": ("p.zip", locked(), "password"),
    "a zip bomb": ("p.zip", zipped(BOMB), "zip bomb"),
    "a zip in a zip": ("p.zip", zipped({**two_classes(), "more.zip": zipped(BOMB)}), "other archives"),
    "one class only": ("p.zip", zipped({"cats/1.png": picture(1)}), "one class only"),
    "no pictures": ("p.zip", zipped({"a/1.txt": b"x", "b/2.txt": b"y"}), "must hold pictures"),
    "broken pictures only": ("p.zip", zipped({"a/1.png": b"x", "b/2.png": b"y"}), "can be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_and_nothing_is_left(case: str, tmp_path: Path) -> None:
    name, content, match = REFUSED[case]
    with pytest.raises(WrongInput, match=match):
        keep(name, io.BytesIO(content), tmp_path / "uploads")
    assert [path for path in tmp_path.rglob("*") if path.is_file() or path.parent != tmp_path] == []


@pytest.mark.parametrize("case", [case for case, (name, _, _) in REFUSED.items() if name == "p.zip"])
def test_the_data_set_itself_refuses_a_dangerous_zip_too(case: str, tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    path.write_bytes(REFUSED[case][1])
    with pytest.raises(WrongInput):
        ImageFolder(path=str(path)).load()
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.zip"]


def test_too_large_an_upload_is_refused_as_it_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlviz.datasets.uploads.MOST_BYTES", 1000)
    with pytest.raises(WrongInput, match="at most"):
        keep("t.csv", io.BytesIO(CSV), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlviz.datasets.archive.MOST_ENTRIES", 10)
    with pytest.raises(WrongInput, match="at most 10 files"):
        keep("p.zip", io.BytesIO(zipped(two_classes())), tmp_path)


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    class BreaksOff(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise ConnectionError("gone")
            return super().read(100)

    with pytest.raises(ConnectionError):
        keep("t.csv", BreaksOff(CSV), tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".incoming-old").mkdir()  # the server was killed meanwhile
    (tmp_path / ".incoming-now").mkdir()
    os.utime(tmp_path / ".incoming-old", (0, 0))
    keep("t.csv", io.BytesIO(CSV), tmp_path)
    assert [path.name for path in tmp_path.glob(".*")] == [".incoming-now"]


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\me\\t.csv", "t.csv"),
        ("größe über alles.csv", "größe über alles.csv"),
        ("a\0b;c|d.csv", "a_b_c_d.csv"),
        ("x" * 300 + ".csv", "x" * 80 + ".csv"),
        ("..", "file"),
        ("", "file"),
    ],
)
def test_names_are_cleaned(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


@settings(max_examples=120)
@given(
    content=st.binary(max_size=300), name=st.sampled_from(["a.csv", "a.zip", "a.png", "a.parquet", "a.jpg", "a.gif"])
)
def test_random_uploads(content: bytes, name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("uploads")
    for piece in (content, zipped(two_classes(1))[:200] + content, picture(3)[:60] + content):
        try:
            keep(name, io.BytesIO(piece), folder)
        except WrongInput:
            assert not any(path.name.startswith(".") for path in folder.iterdir())


def test_a_zip_is_never_unpacked_to_disk(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "p.zip", two_classes())
    ImageFolder(path=path).load()
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.zip"]


def sound_files() -> dict[str, bytes]:
    """A zip with pictures of many formats, a Parquet file, a CSV: all sound."""
    forms = (
        ("PNG", "P"),
        ("JPEG", "L"),
        ("GIF", "P"),
        ("WEBP", "RGB"),
        ("TIFF", "RGB"),
        ("BMP", "RGB"),
        ("JPEG", "CMYK"),
    )
    pictures = {
        f"{c}/{i}.{form.lower()}": picture(i * 30, 16, mode, i, form)
        for c in "ab"
        for i, (form, mode) in enumerate(forms)
    }
    parquet = io.BytesIO()
    mixed_frame(60).to_parquet(parquet)
    return {
        "p.zip": zipped(pictures),
        "t.parquet": parquet.getvalue(),
        "t.csv": mixed_frame(60).to_csv(index=False).encode(),
    }


@pytest.mark.parametrize("name", ["p.zip", "t.parquet", "t.csv"])
def test_damaged_files_are_loaded_or_refused(name: str, tmp_path: Path) -> None:
    content = sound_files()[name]
    path = tmp_path / name
    chance = random.Random(7)
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(chance.choice([1, 3, 20])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged[: chance.randrange(1, len(damaged))] if chance.random() < 0.2 else damaged)
        with contextlib.suppress(WrongInput):
            check(path)
            dataset = ImageFolder(path=str(path)) if name == "p.zip" else Table(path=str(path), target="kind")
            assert len(dataset.load().train) > 0
