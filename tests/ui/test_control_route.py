"""What a page's script may ask of a run, what is refused and why, and what reaches the worker."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from starlette.applications import Starlette

from dlviz.runs.store import Store
from dlviz.ui import control_route

sys.path.insert(0, str(Path(__file__).parent / "board"))
from asked import ask  # noqa: E402

APP = Starlette(routes=control_route.routes())
SPEC = {"version": 1, "data": {"kind": "Iris"}}


@pytest.fixture
def run(dlviz_home):
    """A run that this process trains, as far as anybody can see."""
    me = psutil.Process()
    made = Store(dlviz_home).create(SPEC)
    made.write_state({"status": "running", "pid": me.pid, "pid_started": me.create_time(), "step": 7, "epoch": 1.5})
    return made


@pytest.fixture
def post(run):
    def posted(name="pause", payload=None, id=run.id, **headers):
        body = json.dumps({"name": name, "payload": payload or {}}).encode()
        sent = {"Content-Type": "application/json"} | {key.replace("_", "-"): value for key, value in headers.items()}
        return ask(APP, f"/dlviz/runs/{id}/command", body, sent)

    return posted


def asked(run):
    return [(command.name, dict(command.payload)) for command in run.commands()]


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("step", {"steps": 3}),
        ("epoch", {}),
        ("pace", {"steps_per_second": 2}),
        ("pace", {"steps_per_second": None}),
        ("pace", {"seconds": 12}),
        ("set", {"changes": {"optimization.optimizer.lr": 0.01}}),
    ],
)
def test_a_command_reaches_the_worker_as_it_was_sent(run, post, name, payload):
    answer = post(name, payload)
    assert answer.status == 200
    assert answer.json() == {"status": "running", "step": 7, "epoch": 1.5}
    assert asked(run) == [(name, payload)]


WEIGHT = {"role": "model", "node": "fc1", "name": "weight", "index": [0, 1], "value": -0.5}


@pytest.mark.parametrize(
    ("told", "answered"),
    [
        (None, {"status": "running", "step": 7, "epoch": 1.5, "taken": False}),
        ({"type": "change", "what": "weight"}, {"status": "running", "step": 7, "epoch": 1.5, "taken": True}),
        ({"type": "mark", "text": "refused: `fc1` has no `wait`."}, {"error": "`fc1` has no `wait`."}),
    ],
)
def test_of_a_weight_the_answer_tells_whether_it_is_set(run, post, told, answered, monkeypatch):
    if told:
        monkeypatch.setattr(control_route, "PATIENCE", 50)  # a busy machine may let the worker wait
    run.events_file.write_text('{"type": "mark", "text": "refused: an older one"}\n')

    def obey():
        while not run.asked("weight"):
            time.sleep(0.005)
        with run.events_file.open("a") as file:
            file.write((json.dumps(told) if told else '{"type": "cha') + "\n")

    worker = threading.Thread(target=obey)
    worker.start()
    answer = post("weight", WEIGHT)
    worker.join()
    assert answer.json() == answered
    assert asked(run) == [("weight", WEIGHT)]


def test_the_answer_tells_that_the_worker_has_obeyed(run, post, monkeypatch):
    monkeypatch.setattr(control_route, "PATIENCE", 50)  # a busy machine may let the worker wait

    def obey():
        while not run.asked("pause"):
            time.sleep(0.005)
        run.commands()
        run.write_state({**run.state(), "status": "paused", "step": 9})

    worker = threading.Thread(target=obey)
    worker.start()
    answer = post("pause").json()
    worker.join()
    assert (answer["status"], answer["step"]) == ("paused", 9)


def test_a_step_is_one_where_nothing_else_is_said(run, post):
    post("step")
    assert asked(run) == [("step", {"steps": 1})]


@pytest.mark.parametrize(
    ("name", "payload", "why"),
    [
        ("delete", {}, "no such command"),
        ("step", {"steps": 0}, "from 1"),
        ("step", {"steps": True}, "from 1"),
        ("pace", {"steps_per_second": 0}, "more than 0"),
        ("pace", {"steps_per_second": "fast"}, "more than 0"),
        ("pace", {"seconds": -1}, "more than 0"),
        ("set", {}, "`changes`"),
        ("set", {"changes": []}, "`changes`"),
        ("weight", {"role": "model"}, "`node`"),
    ],
)
def test_what_no_run_knows_is_refused_with_a_sentence(run, post, name, payload, why):
    answer = post(name, payload)
    assert answer.status == 400 and why in answer.json()["error"]
    assert asked(run) == []


def test_other_sites_and_other_kinds_of_content_are_refused(run, post):
    assert post("stop", Sec_Fetch_Site="cross-site").status == 403
    assert post("stop", Content_Type="text/plain").status == 400
    assert post("stop", Origin="http://evil.example").status == 403
    assert asked(run) == []


def test_a_run_that_nobody_trains_says_so(run, post):
    run.write_state({"status": "finished"})
    answer = post("pause")
    assert answer.status == 409 and "is finished" in answer.json()["error"]
    assert post("pause", id="no-such-run").status == 404
    assert post("pause", id="..").status == 404
