"""The host: workers forked from a warm process, which outlive it, and whose death is noticed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from dlviz.core.files import read_json, write_json
from dlviz.core.process import alive
from dlviz.runs import queue as queue_module
from dlviz.runs.fingerprint import fingerprint
from dlviz.runs.queue import Queue, entry_files
from dlviz.runs.store import Store
from dlviz.training.checkpoint import Checkpoints
from dlviz.training.events import read_events
from dlviz.training.folder import RunFolder
from tests.training.toys import DEMANDING, curve, spiral, steps, wait_for

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

# long enough for several kills on a fast machine, too
LONG = {**DEMANDING, "training": {"epochs": 120, "batch_size": 32, "device": "cpu",
                                  "early_stopping": {"monitor": "loss", "patience": 500}}}  # fmt: skip
ENDLESS = spiral(epochs=1_000_000, engine="eager", precision="float32")  # the kernel is soon done with it


class House:
    """A home with its queue, and a record of every process to end afterwards."""

    def __init__(self, home: Path) -> None:
        self.home, self.queue, self.store = home, Queue(home), Store(home)

    def begin(self, document: dict[str, Any] = ENDLESS) -> RunFolder:
        run = self.store.create(document)
        self.queue.submit(run)
        return run

    def warm(self) -> None:
        self.queue.warm()
        wait_for(lambda: self.queue.host().get("ready") and self.host_alive())

    def host_alive(self) -> bool:
        host = self.queue.host()
        return alive(host.get("pid"), host.get("pid_started"))

    def end(self) -> None:
        host = self.queue.host()
        pids = [(host.get("pid"), host.get("pid_started"))]
        pids += [(state.get("pid"), state.get("pid_started")) for state in (run.state() for run in self.store.runs())]
        for pid, started in pids:
            if alive(pid, started):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for process in queue_module._started:
            process.wait()
        queue_module._started.clear()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("home"))
    try:
        house.warm()
        yield house
    finally:
        house.end()


@pytest.fixture(autouse=True)
def _no_run_is_left(house: House) -> Iterator[None]:
    yield
    for run in house.store.runs():
        state = run.state()
        if state["status"] in ("starting", "running", "paused") and state.get("pid"):
            with suppress(ProcessLookupError):  # it may be about to end by itself
                os.kill(state["pid"], signal.SIGKILL)
    for path in entry_files(house.queue.folder):
        path.unlink(missing_ok=True)
    wait_for(lambda: not any(run.status() in ("starting", "running", "paused") for run in house.store.runs()))


def learns(run: RunFolder) -> None:
    wait_for(lambda: (run.status() == "running" and steps(run) > 0) or run.status() == "failed")
    assert run.status() == "running", run.state()


def test_a_submitted_run_trains_to_its_end(house: House) -> None:
    run = house.begin(LONG)
    wait_for(lambda: run.status() == "finished" or run.status() == "failed")
    state = run.state()
    assert state["status"] == "finished", state
    assert state["metrics"]["test"]["accuracy"] > 0.8
    assert house.queue.position(run) is None
    assert os.getsid(os.getpid()) != state["pid"]


def test_killed_at_random_moments_it_goes_on_to_the_very_same_curve(house: House) -> None:
    whole = house.begin(LONG)
    wait_for(lambda: whole.status() == "finished")
    run = house.begin(LONG)
    chance, kills = random.Random(1), 0
    for _ in range(5):
        goal = steps(run) + chance.randrange(30, 120)
        wait_for(lambda goal=goal: steps(run) >= goal or run.status() == "finished")
        if run.status() == "finished":
            break
        os.kill(run.state()["pid"], signal.SIGKILL)
        kills += 1
        wait_for(lambda: "SIGKILL" in (run.state()["error"] or ""), 30)  # how soon, the benchmarks measure
        assert run.status() == "interrupted"
        house.queue.resume(run)
        wait_for(lambda: run.status() in ("running", "finished", "failed"))
    wait_for(lambda: run.status() in ("finished", "failed"))
    assert run.status() == "finished", run.state()
    assert kills >= 2
    assert curve(run) == curve(whole)


def test_pause_resume_and_stop_are_obeyed_at_once(house: House) -> None:
    run = house.begin()
    learns(run)
    for command, status in (("pause", "paused"), ("resume", "running")):
        run.command(command)
        wait_for(lambda status=status: run.status() == status, 15)  # 0.3 on a machine of its own
        if status == "paused":
            before = run.state()["step"]
            time.sleep(0.4)
            assert run.state()["step"] == before
    wait_for(lambda: run.state()["step"] > before)
    run.command("stop")
    wait_for(lambda: run.status() == "stopped")
    marks = [record["text"] for record in read_events(run.events_file) if record["type"] == "mark"]
    assert marks == ["paused", "resumed"]
    assert "accuracy" in run.state()["metrics"]["test"], "what it has learned so far is tested"
    at = run.state()["step"]
    house.queue.resume(run)
    wait_for(lambda: run.status() == "running" and run.state()["step"] > at)


def test_a_shutdown_leaves_a_checkpoint(house: House) -> None:
    run = house.begin()
    learns(run)
    os.kill(run.state()["pid"], signal.SIGTERM)
    wait_for(lambda: run.status() == "interrupted")
    found = Checkpoints(run.checkpoints).latest()
    assert found is not None and found[0] == run.state()["step"] > 0


def test_workers_outlive_the_host_and_the_next_one_takes_over(house: House) -> None:
    run = house.begin()
    learns(run)
    pid, old = run.state()["pid"], house.queue.host()["pid"]
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: not house.host_alive())
    before = run.state()["step"]
    wait_for(lambda: run.state()["step"] > before)
    assert run.status() == "running"
    more = [house.begin() for _ in range(os.cpu_count() or 1)]
    wait_for(lambda: house.queue.host().get("ready") and house.host_alive())
    assert house.queue.host()["pid"] != old
    wait_for(lambda: sum(other.status() == "running" for other in more) == len(more) - 1)
    time.sleep(0.3)
    waiting = [other for other in more if other.status() == "queued"]
    assert len(waiting) == 1, "the run of the old host still takes its place"
    assert house.queue.position(waiting[0]) == 0
    assert run.state()["pid"] == pid
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: waiting[0].status() == "running")
    assert run.status() == "interrupted"
    wait_for(lambda: "checkpoint" in (run.state()["error"] or ""))


def test_a_second_host_leaves_the_first_alone(house: House) -> None:
    pid = house.queue.host()["pid"]
    second = subprocess.run([sys.executable, "-m", "dlviz.runs.host", str(house.home)], timeout=300)
    assert second.returncode == 0
    assert house.queue.host()["pid"] == pid and house.host_alive()


def test_a_host_of_older_code_gives_way(house: House) -> None:
    old = house.queue.host()
    write_json(house.queue.folder / "host.json", {**old, "code": "of before an update"})
    house.queue.warm()
    wait_for(lambda: house.queue.host().get("pid") != old["pid"] and house.queue.host().get("ready"))
    assert not alive(old["pid"], old["pid_started"]) and house.host_alive()
    house.queue.warm()
    assert house.queue.host()["code"] == fingerprint()


def test_what_the_queue_cannot_read_is_set_aside(house: House) -> None:
    for number, text in enumerate(["{", "[]", '{"kind": "train"}', '{"kind": "train", "path": "/nowhere"}', "\x00"]):
        (house.queue.folder / f"{number:020d}-bad.json").write_text(text)
    run = house.begin()
    learns(run)
    assert len(list(house.queue.folder.glob("*.broken"))) == 5


def test_a_full_house_lets_wait_in_order_and_a_waiting_run_can_be_stopped(house: House) -> None:
    places = os.cpu_count() or 1
    running = [house.begin() for _ in range(places)]
    for run in running:
        learns(run)
    first, second = house.begin(), house.begin()
    assert (house.queue.position(first), house.queue.position(second)) == (0, 1)
    assert first.status() == "queued"
    second.command("stop")
    wait_for(lambda: second.status() == "stopped")
    running[0].command("pause")  # a paused run needs no place
    learns(first)


def test_a_worker_inherits_neither_lock_nor_session_of_the_host(house: House) -> None:
    run = house.begin()
    learns(run)
    worker = psutil.Process(run.state()["pid"])
    assert os.getsid(worker.pid) == worker.pid
    names = [Path(file.path).name for file in worker.open_files()]
    assert "host.lock" not in names
    assert "worker.log" in {Path(os.readlink(f"/proc/{worker.pid}/fd/{fd}")).name for fd in (1, 2)}


def test_a_wrong_spec_fails_with_a_sentence_and_no_traceback(house: House) -> None:
    run = house.begin({"version": 1, "data": {"kind": "Digitz"}})
    wait_for(lambda: run.status() == "failed")
    assert "Digits" in run.state()["error"] and "Traceback" not in run.state()["error"]
    assert "Traceback" in run.log_file.read_text()
    assert read_json(run.path / "state.json")["status"] == "failed"


@pytest.fixture(scope="module")
def finished(house: House) -> RunFolder:
    run = house.begin({"version": 1, "data": {"kind": "Iris"}, "training": {"epochs": 2, "device": "cpu"}})
    wait_for(lambda: run.status() in ("finished", "failed"))
    assert run.status() == "finished", run.state()
    return run


def question(**more: Any) -> dict[str, Any]:
    return {"part": "test", "index": 0, "target": None, "method": {"kind": "IntegratedGradients"}, **more}


def test_a_question_is_answered_and_the_answer_kept(house: House, finished: RunFolder) -> None:
    folder = house.queue.ask(finished, question())
    wait_for(lambda: house.queue.answer_state(folder)["status"] in ("done", "failed"))
    assert house.queue.answer_state(folder)["status"] == "done", house.queue.answer_state(folder)
    assert (folder / "summary.json").exists()
    written = (folder / "summary.json").stat().st_mtime_ns
    assert house.queue.ask(finished, question(limit_s=5)) == folder
    time.sleep(0.3)
    assert (folder / "summary.json").stat().st_mtime_ns == written


def stuck(house: House, run: RunFolder, **more: Any) -> Path:
    """A question whose worker never ends: it is halted as soon as it has begun."""
    folder = house.queue.ask(run, question(**more))
    wait_for(lambda: (folder / "worker.json").exists())
    with suppress(ProcessLookupError):  # where its time was up before
        os.kill(read_json(folder / "worker.json")["pid"], signal.SIGSTOP)
    return folder


SLOW = {"kind": "Lime", "samples": 50_000}


def test_an_explanation_can_be_cancelled(house: House, finished: RunFolder) -> None:
    folder = stuck(house, finished, index=1, method=SLOW)
    house.queue.cancel(folder)
    wait_for(lambda: house.queue.answer_state(folder)["status"] == "cancelled")
    worker = read_json(folder / "worker.json")
    wait_for(lambda: not alive(worker["pid"], worker["pid_started"]))


def test_an_explanation_that_takes_too_long_is_ended(house: House, finished: RunFolder) -> None:
    folder = stuck(house, finished, index=2, method=SLOW, limit_s=1)
    wait_for(lambda: house.queue.answer_state(folder)["status"] == "failed")
    assert "longer than 1 s" in house.queue.answer_state(folder)["error"]
    worker = read_json(folder / "worker.json")
    wait_for(lambda: not alive(worker["pid"], worker["pid_started"]))


def test_questions_do_not_wait_behind_trainings(house: House, finished: RunFolder) -> None:
    for run in [house.begin() for _ in range(os.cpu_count() or 1)]:
        learns(run)
    folder = house.queue.ask(finished, question(index=3))
    wait_for(lambda: house.queue.answer_state(folder)["status"] in ("done", "failed"))
    assert house.queue.answer_state(folder)["status"] == "done"
