"""What the live stream tells, byte by byte, and whom it refuses."""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psutil
import pytest
from starlette.applications import Starlette

from dlviz.runs.store import Store
from dlviz.training.events import EventLog
from dlviz.ui import assets, stream
from dlviz.ui.curves import Tail, all_of
from dlviz.ui.stream import MOST_RUNS, follow, offsets


@pytest.fixture
def run(dlviz_home):
    made = Store(dlviz_home).create({"version": 1, "data": {"kind": "Digits"}})
    log = EventLog(made.events_file)
    for step in range(1, 11):
        log.add("train", step, epoch=step / 5, loss=1 / step, lr=0.1)
    log.add("epoch", 10, epoch=2, **{"train.loss": 0.3, "validation.loss": 0.5, "validation.accuracy": 0.9})
    log.flush()
    made.write_state({"status": "finished", "epoch": 2, "epochs": 2})
    return made


def finish(coroutine):
    """Run a coroutine to its end in a thread of its own: this one may hold the browser's event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self):
        return self.content.decode()


@pytest.fixture
def get():
    """Ask the routes for an address, as a server would: `get(address, header=…)`."""
    app = Starlette(routes=[*stream.routes(), *assets.routes()])

    def ask(address, **headers):
        path, _, query = address.partition("?")
        raw = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "headers": raw,
                 "query_string": query.encode(), "root_path": "", "scheme": "http", "server": ("test", 80),
                 "http_version": "1.1", "client": ("test", 1)}  # fmt: skip
        sent = []

        async def receive():
            await asyncio.sleep(3600)  # the browser stays

        async def send(message):
            sent.append(message)

        finish(app(scope, receive, send))
        head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], head, b"".join(message.get("body", b"") for message in sent[1:]))

    return ask


def events(text):
    """(id, event, data) of each message of a stream."""
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in fields:
            yield fields.get("id"), fields["event"], json.loads(fields["data"])


def test_a_finished_run_is_told_and_the_stream_ends(get, run):
    answer = get(f"{stream.PATH}?runs={run.id}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = list(events(answer.text))
    assert [event for _, event, _ in told] == ["points", "state", "end"]
    id, _, points = told[0]
    assert int(id) == run.events_file.stat().st_size
    assert points["curves"]["step.loss"]["y"][:2] == [1.0, 0.5]
    assert points["curves"]["validation.accuracy"] == {"step": [10], "x": [2.0], "y": [0.9]}
    assert points["curves"]["learning rate"]["y"] == [0.1] * 10
    assert told[1][2]["status"] == "finished"


def test_it_goes_on_where_the_browser_stood(get, run):
    size = run.events_file.stat().st_size
    log = EventLog(run.events_file)
    log.add("train", 11, epoch=2.2, loss=0.09)
    log.flush()
    answer = get(f"{stream.PATH}?runs={run.id}", last_event_id=str(size))
    points = next(data for _, event, data in events(answer.text) if event == "points")
    assert points["curves"] == {"step.loss": {"step": [11], "x": [2.2], "y": [0.09]}}


@pytest.mark.parametrize("name", ["../../etc", "nothing-here", "%2e%2e%2fruns", "a" * 300])
def test_a_wrong_run_is_refused(get, run, name):
    assert get(f"{stream.PATH}?runs={name}").status == 404


def test_none_and_too_many_are_refused(get, run):
    assert get(stream.PATH).status == 400
    assert get(f"{stream.PATH}?runs={','.join([run.id] * (MOST_RUNS + 1))}").status == 400


@pytest.mark.parametrize("text", ["", "7", "1,2,3", "1,x", "-1,2", "1,²", "9" * 30 + ",1"])
def test_an_id_that_is_not_ours_means_from_the_start(text):
    assert offsets(text, 2) == [0, 0]
    assert offsets("12,34", 2) == [12, 34]


def test_a_resume_takes_back_what_it_overtakes(run):
    tail = Tail(run.events_file)
    tail.read()
    log = EventLog(run.events_file)
    log.add("resume", 4)
    log.add("train", 5, epoch=1.0, loss=9.0)
    log.flush()
    chunk = tail.read()
    assert chunk.trim == 4
    assert chunk.curves["step.loss"] == [(5, 1.0, 9.0)]
    whole = all_of(run.events_file)
    assert [row[0] for row in whole.curves["step.loss"]] == [1, 2, 3, 4, 5]
    assert "validation.loss" not in whole.curves or whole.curves["validation.loss"] == []
    assert [mark[2] for mark in whole.marks] == ["resumed"]


def test_half_a_line_waits_and_rubbish_is_passed_over(run):
    tail = Tail(run.events_file)
    tail.read()
    with run.events_file.open("ab") as file:
        file.write(b'not json\n[1]\n{"type":"train","step":12,"epoch":2.4,"lo')
    assert not tail.read()
    with run.events_file.open("ab") as file:
        file.write(b'ss":0.5}\n')
    assert tail.read().curves == {"step.loss": [(12, 2.4, 0.5)]}


def test_nan_is_a_gap_and_never_breaks_the_json(run):
    log = EventLog(run.events_file)
    log.add("train", 11, epoch=2.2, loss=float("nan"))
    log.flush()
    document = all_of(run.events_file).document()
    assert document["curves"]["step.loss"]["y"][-1] is None
    json.dumps(document, allow_nan=False)


def test_a_file_that_was_written_anew_is_read_anew(run):
    tail = Tail(run.events_file)
    tail.read()
    run.events_file.write_bytes(b'{"type":"train","step":1,"epoch":0.1,"loss":3.0}\n')
    chunk = tail.read()
    assert chunk.trim == -1 and chunk.curves == {"step.loss": [(1, 0.1, 3.0)]}


def test_a_hundred_thousand_points_are_thinned_and_keep_their_peak(run):
    lines = [{"type": "train", "step": step, "epoch": step / 1000, "loss": 1.0} for step in range(100_000)]
    lines[54_321]["loss"] = 77.0
    run.events_file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    document = all_of(run.events_file).document()
    assert len(document["curves"]["step.loss"]["y"]) <= 4002
    assert 77.0 in document["curves"]["step.loss"]["y"]


def test_a_long_file_is_told_to_its_end(run, monkeypatch):
    monkeypatch.setattr("dlviz.ui.curves.PIECE", 300)

    async def all_events():
        return "".join([text async for text in follow([run])])

    told = list(events(finish(all_events())))
    steps = [
        step
        for _, event, data in told
        if event == "points"
        for step in data["curves"].get("step.loss", {"step": []})["step"]
    ]
    assert steps == list(range(1, 11))
    assert told[-1][1] == "end"


def test_a_killed_worker_shows_as_interrupted(run):
    run.write_state({"status": "running", "pid": 2**22 + 1, "pid_started": 0.0})

    async def all_events():
        return "".join([text async for text in follow([run])])

    told = [data for _, event, data in events(finish(all_events())) if event == "state"]
    assert told[-1]["status"] == "interrupted"


def test_plotly_comes_out_of_its_package_and_may_be_kept(get):
    answer = get(assets.plotly_address())
    assert answer.status == 200 and "immutable" in answer.headers["cache-control"]
    assert b"plotly.js v" in answer.content[:400]
    assert get("/dlviz/assets/0.0.0/plotly.min.js").status == 404


def test_damaged_lines_are_passed_over(tmp_path):
    file = tmp_path / "events.jsonl"
    good = '{"type": "train", "step": 1, "epoch": 0.1, "loss": 2.0}\n'
    bad = '{"type": "train", "step": "one", "loss": 1}\n{"type": "train", "step": 2, "epoch": [], "loss": 1}\n[1]\n'
    deep = "[" * 100_000 + "\n"
    file.write_text(good + bad + deep + '{"type": "train", "step": 3, "epoch": 0.3, "loss": 1.5}\n')
    assert [row[0] for row in all_of(file).curves["step.loss"]] == [1, 3]
    assert not all_of(tmp_path)  # a folder where the file should be


def test_a_line_without_end_does_not_hold_up_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr("dlviz.ui.curves.PIECE", 1000)
    file = tmp_path / "events.jsonl"
    file.write_text("x" * 5000 + '\n{"type": "train", "step": 3, "epoch": 0.3, "loss": 1.5}\n')
    assert [row[0] for row in all_of(file).curves["step.loss"]] == [3]


def test_what_happened_is_told_in_words(run):
    tail = Tail(run.events_file, run.events_file.stat().st_size)  # as one that comes later
    log = EventLog(run.events_file)
    log.add("mark", 10, text="paused")
    log.add("change", 10, epoch=2, what="optimization.optimizer.lr", **{"from": 0.1, "to": 0.01})
    log.add("change", 11, epoch=2.2, what="optimization.regularizers.0.strength", **{"from": 0.0, "to": None})
    log.add("fork", 12, epoch=2.4, parent="another")
    log.flush()
    assert tail.read().marks == [
        (10, None, "paused", "pause"),
        (10, 2.0, "learning rate 0.1 → 0.01", "change"),
        (11, 2.2, "regularizer 1: strength 0 → none", "change"),
        (12, 2.4, "forked here", "fork"),
    ]


def test_thirty_listeners_share_one_reader(run, monkeypatch):
    run.write_state({"status": "running", "pid": os.getpid(), "pid_started": psutil.Process().create_time()})
    read = []
    whole = Tail.read
    monkeypatch.setattr(Tail, "read", lambda self: read.append(self.offset) or whole(self))
    grown = asyncio.Event()

    async def one():
        text = []
        async for message in follow([run]):
            text.append(message)
            if '"points"' in message or "event: points" in message:
                grown.set()
        return "".join(text)

    async def together():
        all_of_them = [asyncio.create_task(one()) for _ in range(30)]
        await grown.wait()
        log = EventLog(run.events_file)
        log.add("train", 11, epoch=2.2, loss=0.05)
        log.flush()
        run.write_state({"status": "finished", "epoch": 2, "epochs": 2})
        return await asyncio.gather(*all_of_them)

    texts = finish(together())
    for text in texts:
        told = list(events(text))
        steps = [s for _, kind, data in told if kind == "points" for s in data["curves"]["step.loss"]["step"]]
        assert steps == list(range(1, 12))
        assert told[-1][1] == "end"
    assert len(read) < 15, f"the file was read {len(read)} times"


def test_a_moment_is_told_when_its_pictures_lie_ready(run):
    (run.path / "moments" / "7").mkdir(parents=True)
    content = '{"step": 7, "epoch": 1.4, "names": ["neurons"], "made": 5}'
    (run.path / "moments" / "7" / "moment.json").write_text(content)
    (run.path / "moments" / "latest.json").write_text('{"step": 7}')

    async def all_events():
        return "".join([text async for text in follow([run])])

    told = [data for _, event, data in events(finish(all_events())) if event == "moment"]
    assert told == [{"run": 0, "step": 7, "epoch": 1.4, "names": ["neurons"], "made": 5}]


def test_pages_are_redrawn_more_rarely_the_more_there_are(run):
    from dlviz.ui.components.live_chart import _redraw_every

    assert [_redraw_every(many) for many in (0, 1, 4, 5, 30)] == [2, 2, 2, 4, 12]
    for many in range(1, 100):
        assert many / _redraw_every(many) <= 2.5

    async def counted():
        before, during = stream.listening(), set()
        async for _ in follow([run]):
            during.add(stream.listening())
        return before, during, stream.listening()

    assert finish(counted()) == (0, {1}, 0)


def test_damaged_files_of_one_run_do_not_end_the_stream_of_another(run, dlviz_home):
    other = Store(dlviz_home).create({"version": 1, "data": {"kind": "Digits"}})
    huge = "9" * 400
    other.events_file.write_text(
        f'{{"type":"train","step":{huge},"loss":1}}\n{{"type":"train","step":1,"loss":{huge}}}\n'
        f'{{"type":"change","step":1,"what":"a.b","from":{huge},"to":1}}\n'
    )
    (other.path / "state.json").write_text('{"status": "finished", "metrics": {"train": {"loss": [NaN]}}}')

    async def listened():
        return [event async for event in follow([other, run])]

    text = "".join(finish(asyncio.wait_for(listened(), 60)))
    assert '"loss":[null]' in text and text.count("event: points") >= 1 and text.rstrip().endswith("data: {}")


def test_a_deleted_run_ends_its_stream(run):
    run.write_state({"status": "running", "pid": os.getpid(), "pid_started": psutil.Process().create_time()})

    async def listened():
        found = []
        async for event in follow([run]):
            found.append(event)
            if "event: state" in event and run.path.exists():
                os.rename(run.path, run.path.with_name("elsewhere"))
        return found

    assert "event: end" in finish(asyncio.wait_for(listened(), 60))[-1]
