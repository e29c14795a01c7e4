"""What the routes of moments and signals answer, and whom they refuse."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from starlette.applications import Starlette

from dlviz.core.frames import Frame, unpack
from dlviz.runs.store import Store
from dlviz.training.moments import Moments
from dlviz.training.signals import SignalLog
from dlviz.ui import moments_route


@pytest.fixture
def run(dlviz_home):
    made = Store(dlviz_home).create({"version": 1, "data": {"kind": "Digits"}})
    moments = Moments(made.path / "moments")
    for step in (0, 40, 80):
        moments.write(step, step / 40, [Frame("weights", step, 0.0, {}, {"w": np.full(9000, step, np.uint8)})], {}, {})
    return made


@pytest.fixture
def get():
    """Ask the routes for an address: (status, headers, content)."""
    app = Starlette(routes=moments_route.routes())

    def ask(address, **headers):
        path, _, query = address.partition("?")
        raw = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "headers": raw,
                 "query_string": query.encode(), "root_path": "", "scheme": "http", "server": ("test", 80),
                 "client": ("test", 1), "http_version": "1.1"}  # fmt: skip
        sent = []

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        with ThreadPoolExecutor(1) as thread:  # this thread may hold the browser's event loop
            thread.submit(asyncio.run, app(scope, receive, send)).result()
        found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:])

    return ask


def test_the_moments_are_listed(run, get):
    status, headers, content = get(f"/dlviz/moments/{run.id}")
    found = json.loads(content)
    assert status == 200 and headers["cache-control"] == "private, no-cache"
    assert [moment["step"] for moment in found["moments"]] == [0, 40, 80] and found["latest"] == 80
    assert found["moments"][1]["names"] == ["weights"] and found["moments"][1]["epoch"] == 1
    assert {moment["checkpoint"] for moment in found["moments"]} == {False}
    assert get(f"/dlviz/moments/{run.id}", if_none_match=headers["etag"])[0] == 304
    Moments(run.path / "moments").write(99, 2.5, [Frame("weights", 99)], {}, {})
    (run.checkpoints).mkdir(exist_ok=True)
    (run.checkpoints / "40.json").write_text("{}")
    status, _, content = get(f"/dlviz/moments/{run.id}", if_none_match=headers["etag"])
    found = json.loads(content)
    assert status == 200 and [moment["checkpoint"] for moment in found["moments"]] == [False, True, True, True]


def test_a_frame_comes_as_it_was_written_and_packed_where_it_pays(run, get):
    made = Moments(run.path / "moments").read(40).made
    address = f"/dlviz/moments/{run.id}/40/weights"
    status, headers, content = get(f"{address}?v={made}")
    assert status == 200 and "immutable" in headers["cache-control"] and "content-encoding" not in headers
    assert unpack(content).arrays["w"][0] == 40
    status, headers, packed = get(address, accept_encoding="gzip, br")
    assert headers["content-encoding"] == "gzip" and gzip.decompress(packed) == content and len(packed) < 500
    assert headers["cache-control"] == "private, no-cache"
    assert get(address, if_none_match=headers["etag"])[0] == 304


def test_a_moment_that_was_taken_again_is_sent_anew(run, get):
    address = f"/dlviz/moments/{run.id}/40/weights"
    tag = get(address)[1]["etag"]
    Moments(run.path / "moments").write(40, 1.0, [Frame("weights", 40, 1.0, {"new": 1})], {}, {})
    status, headers, content = get(address, if_none_match=tag)
    assert status == 200 and unpack(content).meta == {"new": 1}


@pytest.mark.parametrize(
    "tail", ["40/nothing", "41/weights", "-1/weights", "40x/weights", "40/..", "40/%2e%2e", "40/Weights", "examples"]
)
def test_what_is_not_there_is_said(run, get, tail):
    status, headers, content = get(f"/dlviz/moments/{run.id}/{tail}")
    assert status == 404 and (b"<" not in content)


def test_who_comes_too_late_for_a_moment_gets_nothing_and_no_error(run, get):
    assert get(f"/dlviz/moments/{run.id}/41/weights?gone=empty")[::2] == (204, b"")
    assert get(f"/dlviz/moments/{run.id}/40/weights?gone=empty")[0] == 200


def test_a_run_that_is_not_there_is_said(dlviz_home, get):
    for name in ("20260101-000000-000abcd", "..", "%2e%2e", "x" * 300):
        for address in (f"/dlviz/moments/{name}", f"/dlviz/moments/{name}/1/weights", f"/dlviz/signals/{name}"):
            assert get(address)[0] == 404


def test_signals_come_from_where_one_stands(run, get):
    address = f"/dlviz/signals/{run.id}"
    assert json.loads(get(address)[2]) == {"from": 0, "to": 0, "columns": {"step": [], "epoch": []}}
    log = SignalLog(run.path / "signals.jsonl")
    log.put(10, 0.5, {"gradient.model.a": 0.25})
    log.put(20, 1.0, {"dead.model.b": 1.0})
    log.flush()
    first = json.loads(get(address)[2])
    assert first["columns"] == {
        "step": [10, 20], "epoch": [0.5, 1], "gradient.model.a": [0.25, None], "dead.model.b": [None, 1]
    }  # fmt: skip
    with log.path.open("ab") as file:
        file.write(b'{"step": 30, "epoch"')  # a half line waits until it is whole
    assert json.loads(get(f"{address}?from={first['to']}")[2])["columns"]["step"] == []
    with log.path.open("ab") as file:
        file.write(b': 2, "dead.model.b": 0}\n')
    then = json.loads(get(f"{address}?from={first['to']}")[2])
    assert then["from"] == first["to"] and then["columns"]["step"] == [30] and then["to"] == os.stat(log.path).st_size
    for nonsense in ("x", "-1", "9" * 30, str(10**9)):
        assert json.loads(get(f"{address}?from={nonsense}")[2])["from"] == 0


def test_many_signals_are_thinned_with_the_first_and_the_last(run, get):
    log = SignalLog(run.path / "signals.jsonl")
    for step in range(5000):
        log.put(step, step / 10, {"dead.model.b": 0.5})
    log.flush()
    steps = json.loads(get(f"/dlviz/signals/{run.id}")[2])["columns"]["step"]
    assert len(steps) == 1000 and (steps[0], steps[-1]) == (0, 4999)


def test_what_is_kept_ready_has_a_bound():
    ready = moments_route.Ready(most=10_000)
    for number in range(20):
        ready.make(str(number), (1,), os.urandom(3000))
    assert sum(ready.find(str(number), (1,)) is not None for number in range(20)) == 3
    assert ready.find("19", (2,)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"epoch": float("nan")},
        {"epoch": 10**400},
        {"places": {"weights": [10**30, 5]}},
        {"places": {"weights": [0, 10**17]}},
    ],
)
def test_a_damaged_moment_is_passed_over(run, get, wrong):
    path = run.path / "moments" / "40" / "moment.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | wrong))
    status, _, content = get(f"/dlviz/moments/{run.id}")
    assert status == 200 and b"NaN" not in content
    assert {80, 0} <= {moment["step"] for moment in json.loads(content)["moments"]}
    assert get(f"/dlviz/moments/{run.id}/40/weights")[0] == 404


def test_numbers_too_large_for_a_float_do_not_hide_the_signals(run, get):
    huge = "9" * 400
    lines = [f'{{"step":{huge},"a":1}}', f'{{"step":1,"a":{huge}}}', '{"step":2,"a":0.5}', '{"step":NaN,"a":1}']
    (run.path / "signals.jsonl").write_text("\n".join(lines) + "\n")
    found = json.loads(get(f"/dlviz/signals/{run.id}")[2])["columns"]
    assert found["step"] == [1, 2] and found["a"] == [None, 0.5]
