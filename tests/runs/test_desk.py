"""The desk: a run that is kept open for questions; it may die, the questions do not."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dlviz.core.files import read_record, write_json
from dlviz.core.process import alive
from dlviz.runs.queue import Queue
from dlviz.training import worker
from dlviz.training.folder import RunFolder
from dlviz.training.spec import Spec
from tests.training.toys import wait_for

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    queue = Queue(home)
    queue.warm()
    wait_for(lambda: queue.host().get("ready"))
    yield home
    pids = [queue.host()["pid"], *(told["pid"] for told in desks(home) if alive(told["pid"], told["pid_started"]))]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    from dlviz.runs import queue as queues

    for process in queues._started:
        process.wait()
    queues._started.clear()


def desks(home: Path) -> list[dict[str, Any]]:
    return [read_record(file) or {} for file in home.glob("runs/*/desk.json")]


@pytest.fixture(scope="module")
def run(home: Path) -> RunFolder:
    run = RunFolder(home / "runs" / "wine")
    document = {"version": 1, "data": {"kind": "Wine"}, "training": {"epochs": 2, "batch_size": 32}}
    write_json(run.spec_file, Spec.parse(document).completed().document())
    write_json(run.path / "state.json", {"status": "queued"})
    worker.main(str(run.path), False)
    return run


def asked(home: Path, run: RunFolder, index: int, **method: Any) -> Path:
    question = {"part": "test", "index": index, "target": None, "method": {"kind": "Occlusion", **method}}
    return Queue(home).ask(run, {**question, "limit_s": 60})


def answered(home: Path, folder: Path) -> dict[str, Any]:
    wait_for(lambda: Queue(home).answer_state(folder)["status"] not in ("queued", "running"))
    return Queue(home).answer_state(folder)


def desk(run: RunFolder) -> dict[str, Any]:
    return read_record(run.path / "desk.json") or {}


def test_one_desk_answers_all_questions(home: Path, run: RunFolder) -> None:
    first = answered(home, asked(home, run, 0))
    assert first["status"] == "done", first
    pid = desk(run)["pid"]
    assert desk(run)["weights"] == run.weights() is not None
    for index in (1, 2, 3):
        assert answered(home, asked(home, run, index))["status"] == "done"
        assert desk(run)["pid"] == pid
    workers = {(read_record(file) or {})["pid"] for file in run.explanations.glob("*/worker.json")}
    assert len(workers) == 4 and pid not in workers  # a child for each question


def test_a_killed_desk_is_followed_by_another(home: Path, run: RunFolder) -> None:
    answered(home, asked(home, run, 4))
    before = desk(run)["pid"]
    os.kill(before, signal.SIGKILL)
    told = answered(home, asked(home, run, 5))
    assert told["status"] == "done", told
    wait_for(lambda: desk(run)["pid"] != before)


def test_a_question_of_a_run_with_other_weights_gets_them(home: Path, run: RunFolder) -> None:
    answered(home, asked(home, run, 6))
    newest = read_record(run.checkpoints / "best.json") or {}
    name = "best.json" if newest else "latest.json"
    before = read_record(run.checkpoints / name) or {}
    try:
        write_json(run.checkpoints / name, {**before, "step": before["step"] + 1})
        told = answered(home, asked(home, run, 7))
        assert told["status"] in ("done", "failed")  # such a checkpoint is not there; what matters: it is not the old
        assert desk(run).get("weights") != before["step"] or told["status"] == "failed"
    finally:
        write_json(run.checkpoints / name, before)
    assert answered(home, asked(home, run, 8))["status"] == "done"


def test_a_question_is_cancelled_and_the_desk_goes_on(home: Path, run: RunFolder) -> None:
    answered(home, asked(home, run, 9))
    pid = desk(run)["pid"]
    question = {"part": "test", "index": 9, "target": None, "method": {"kind": "Lime", "samples": 50_000}}
    folder = Queue(home).ask(run, {**question, "limit_s": 60})
    wait_for(lambda: (folder / "worker.json").exists())
    Queue(home).cancel(folder)
    assert answered(home, folder)["status"] in ("cancelled", "done")  # it may have been quicker
    assert answered(home, asked(home, run, 10))["status"] == "done" and desk(run)["pid"] == pid


def test_what_cannot_be_opened_is_said_by_the_question(home: Path, run: RunFolder) -> None:
    broken = RunFolder(home / "runs" / "broken")
    write_json(broken.spec_file, {"version": 1})
    write_json(broken.path / "state.json", {"status": "finished"})
    folder = asked(home, broken, 0)
    told = answered(home, folder)
    assert told["status"] == "failed" and "Traceback" not in told["error"], told
