"""Fetching: checked, cached, from the next home where one fails, and taken up where it broke off."""

from __future__ import annotations

import gzip
import hashlib
import re
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from dlviz.core.places import downloads
from dlviz.core.problems import WrongInput
from dlviz.datasets.download import Files
from dlviz.datasets.fashion_mnist import FashionMnist
from dlviz.datasets.idx import IdxImages, read_idx
from dlviz.datasets.mnist import Mnist

CONTENT = np.random.default_rng(0).bytes(1_000_000)
HASH = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Home:
    """A server that breaks off after so many bytes for each of its first answers."""

    breaks: list[int] = field(default_factory=list)
    ranges: bool = True
    content: bytes = CONTENT
    asked: list[str | None] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def server() -> Iterator[Home]:
    home = Home()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            home.asked.append(asked)
            start = int(re.findall(r"\d+", asked)[0]) if asked and home.ranges else 0
            if start >= len(home.content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(home.content)}")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(home.content) - start))
            self.end_headers()
            rest = home.content[start:]
            self.wfile.write(rest[: home.breaks.pop(0)] if home.breaks else rest)

        def log_message(self, *_: object) -> None:
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    home.address = f"http://127.0.0.1:{served.server_port}/"
    yield home
    served.shutdown()
    served.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def own_home(dlviz_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DLVIZ_DATA", raising=False)
    return dlviz_home


def files(*homes: str) -> Files:
    return Files("set", homes, {"a.bin": HASH})


def test_it_is_fetched_once(server: Home) -> None:
    told: list[tuple[str, float, float | None]] = []
    wanted = files(server.address)
    assert not wanted.ready()
    path = wanted.fetch(lambda *state: told.append(state))["a.bin"]
    assert path == downloads() / "set" / "a.bin" and path.read_bytes() == CONTENT
    assert told[-1] == ("Fetching a.bin", len(CONTENT), len(CONTENT)) and len(told) > 2
    assert wanted.ready() and wanted.fetch()["a.bin"] == path and len(server.asked) == 1
    assert [entry.name for entry in path.parent.iterdir()] == ["a.bin"]


def test_it_goes_on_where_it_broke_off(server: Home) -> None:
    server.breaks = [400_000, 300_000]
    wanted = files(server.address)
    for _ in range(2):
        with pytest.raises(WrongInput, match="goes on where it broke off"):
            wanted.fetch()
        assert not wanted.ready()
    assert wanted.fetch()["a.bin"].read_bytes() == CONTENT
    begun = [int(asked[6:-1]) for asked in server.asked if asked]
    assert len(begun) == 2 and 380_000 < begun[0] <= 400_000 and 660_000 < begun[1] <= 700_000


def test_the_next_home_takes_up_what_the_first_began(server: Home) -> None:
    server.breaks = [250_000]
    wanted = files(server.address, server.address)
    assert wanted.fetch()["a.bin"].read_bytes() == CONTENT
    assert server.asked[0] is None and server.asked[1] == "bytes=245760-"  # whole pieces of 16 KB


def test_a_server_that_knows_no_ranges_begins_anew(server: Home) -> None:
    server.breaks, server.ranges = [250_000], False
    assert files(server.address, server.address).fetch()["a.bin"].read_bytes() == CONTENT


def test_a_whole_part_is_not_asked_for_again(server: Home) -> None:
    part = downloads() / "set" / "a.bin.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT)
    assert files(server.address).fetch()["a.bin"].read_bytes() == CONTENT


def test_what_is_not_the_file_is_not_kept(server: Home) -> None:
    server.content = b"<html>please log in</html>"
    with pytest.raises(WrongInput, match="sent something that is not this file"):
        files(server.address).fetch()
    assert list((downloads() / "set").iterdir()) == []
    server.content = CONTENT
    assert files(server.address).fetch()["a.bin"].read_bytes() == CONTENT


def test_a_part_that_does_not_fit_is_thrown_away(server: Home) -> None:
    part = downloads() / "set" / "a.bin.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * (len(CONTENT) + 10))
    assert files(server.address, server.address).fetch()["a.bin"].read_bytes() == CONTENT


def test_giving_up_keeps_what_came(server: Home) -> None:
    def stop(doing: str, done: float, of: float | None) -> None:
        if done > 300_000:
            raise InterruptedError("the user left")

    with pytest.raises((InterruptedError, WrongInput)):
        files(server.address).fetch(stop)
    assert 300_000 < (downloads() / "set" / "a.bin.part").stat().st_size < len(CONTENT)
    assert files(server.address).fetch()["a.bin"].read_bytes() == CONTENT


def test_nobody_there() -> None:
    with pytest.raises(
        WrongInput, match="could not be fetched: 127.0.0.1 could not be reached. Nothing is lost"
    ) as told:
        files("http://127.0.0.1:9/").fetch()
    assert "DLVIZ_DATA" in str(told.value) and "Pool" not in str(told.value) and "Error" not in str(told.value)


def test_ready_data_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.bin").write_bytes(CONTENT)
    monkeypatch.setenv("DLVIZ_DATA", str(tmp_path))
    assert files("http://127.0.0.1:9/").fetch()["a.bin"] == tmp_path / "set" / "a.bin"


def test_idx_files_that_are_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    good = b"\0\0\x08\x02" + struct.pack(">II", 2, 3) + bytes(range(6))
    path.write_bytes(gzip.compress(good))
    assert read_idx(path).tolist() == [[0, 1, 2], [3, 4, 5]]
    packed = [gzip.compress(content) for content in (good[:-1], good + b"x", b"ab", b"\1" * 30)]
    for bad in (good, gzip.compress(good)[:-9], *packed):
        path.write_bytes(bad)
        with pytest.raises(WrongInput):
            read_idx(path)


@pytest.mark.parametrize("kind", [Mnist, FashionMnist])
def test_the_real_sets(kind: type[IdxImages], real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLVIZ_DATA", str(real_data))
    for file, expected in kind.files.hashes.items():
        found = kind.files.path(file)
        assert found is not None and hashlib.sha256(found.read_bytes()).hexdigest() == expected
    start = time.process_time()
    data = kind().load(1)
    assert time.process_time() - start < 4  # of computing; 0.6 s where nothing else runs
    assert (len(data.train), len(data.validation), len(data.test)) == (55_000, 5_000, 10_000)
    assert data.test.rows.tolist() == list(range(60_000, 70_000))  # the official test part
    first = read_idx(kind.files.fetch()["t10k-labels-idx1-ubyte.gz"])
    assert data.test.columns["label"].tolist() == first.tolist()
    column = data.train.columns["image"]
    assert abs(float(column.mean())) < 1e-3 and abs(float(column.std()) - 1) < 1e-3
