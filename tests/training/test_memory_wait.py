"""A run that needs more memory than is free waits for the trainings that hold it, and fails where none does."""

from __future__ import annotations

import threading
import time

import pytest

from dlviz.core.files import read_record
from dlviz.core.process import me
from dlviz.training import prepare, worker
from dlviz.training.folder import RunFolder
from tests.training.toys import make_run, spiral, wait_for


@pytest.fixture
def short(monkeypatch):
    """How much is free: so little that no network fits, until the test says otherwise."""
    free = [1000]
    check = prepare.check_memory
    monkeypatch.setattr(prepare, "check_memory", lambda *given: check(*given, free=free[0]))
    monkeypatch.setattr(worker, "_MEMORY", 0.02)
    return free


def neighbour(tmp_path, status: str) -> RunFolder:
    run = make_run(tmp_path / "20200101-000000-0000000", spiral())
    run.write_state({"status": status, **me()})
    return run


def test_alone_it_fails_with_the_figures(tmp_path, short):
    run = make_run(tmp_path / "20200101-000000-0000001", spiral())
    assert worker.main(run.path) == "failed"
    assert "A training step must fit in memory" in run.state()["error"]


def test_beside_another_training_it_waits_and_goes_on(tmp_path, short):
    neighbour(tmp_path, "running")
    run = make_run(tmp_path / "20200101-000000-0000001", spiral(epochs=1))
    training = threading.Thread(target=worker.main, args=(run.path,))
    training.start()
    try:
        wait_for(lambda: "enough memory" in str((read_record(run.path / "state.json") or {}).get("doing")))
    finally:
        short[0] = 2**40
        training.join()
    assert run.state()["status"] == "finished"


def test_it_stops_waiting_when_asked_and_when_the_other_has_ended(tmp_path, short):
    other = neighbour(tmp_path, "running")
    run = make_run(tmp_path / "20200101-000000-0000001", spiral())
    run.command("stop")
    assert worker.main(run.path) == "stopped"
    again = make_run(tmp_path / "20200101-000000-0000002", spiral())
    ends = threading.Timer(0.3, lambda: other.write_state({"status": "finished"}))
    began = time.monotonic()
    ends.start()
    assert worker.main(again.path) == "failed"
    assert time.monotonic() - began >= 0.2
    ends.join()
