"""Kill, resume, pause, stop: the curve is the same as if nothing had happened."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from dlviz.training import worker
from dlviz.training.checkpoint import Checkpoints, Snapshot
from dlviz.training.events import EventLog, read_events
from dlviz.training.loop import Loop
from dlviz.training.recorder import Recorder
from tests.training.toys import DEMANDING, curve, make_run, spiral, steps, wait_for

LONG = {**DEMANDING, "training": {"epochs": 12, "batch_size": 32, "device": "cpu",
                                  "early_stopping": {"monitor": "loss", "patience": 50}}}  # fmt: skip


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    run = make_run(tmp_path_factory.mktemp("whole") / "run", LONG)
    assert worker.main(run.path) == "finished", run.state()
    return curve(run)


def stop_at(monkeypatch: pytest.MonkeyPatch, step: int, how: type[BaseException]) -> None:
    """Let a worker of this process end at `step` as a kill, a stop or a shutdown would, a checkpoint just before."""
    look = Recorder.look

    def looking(self: Recorder, loop: Loop) -> None:
        look(self, loop)
        self.next_look = 0.0  # look after every step
        if loop.step >= step:
            self.checkpoint(loop)
            raise how

    monkeypatch.setattr(Recorder, "look", looking)


@pytest.mark.parametrize("step", [1, 57, 100])  # within an epoch: gathered outputs and open windows matter
def test_it_goes_on_in_the_middle_of_an_epoch(
    tmp_path: Path, uninterrupted: list[dict[str, Any]], step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "run", LONG)
    with monkeypatch.context() as patch:
        stop_at(patch, step, KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            worker.main(run.path)
    torch.manual_seed(99)  # another process has another chance
    assert worker.main(run.path, resume=True) == "finished", run.state()
    assert any(record["type"] == "resume" and record["step"] == step for record in read_events(run.events_file))
    assert curve(run) == uninterrupted


@pytest.mark.parametrize("optimizer", ["Adam", "AdamW", "RMSprop", "Adagrad"])
@pytest.mark.parametrize("schedule", ["OneCycleLR", "StepLR", "LinearWarmup"])
def test_every_optimizer_and_schedule_goes_on_as_it_was(
    tmp_path: Path, optimizer: str, schedule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = spiral(epochs=4)
    document["optimization"] = {"optimizer": {"kind": optimizer}, "schedule": {"kind": schedule}}
    whole, cut = make_run(tmp_path / "whole", document), make_run(tmp_path / "cut", document)
    assert worker.main(whole.path) == "finished", whole.state()
    with monkeypatch.context() as patch:
        stop_at(patch, 25, KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            worker.main(cut.path)
    assert worker.main(cut.path, resume=True) == "finished", cut.state()
    assert curve(cut) == curve(whole)


def test_resume_without_any_checkpoint_begins_anew(tmp_path: Path, uninterrupted: list[dict[str, Any]]) -> None:
    run = make_run(tmp_path / "run", LONG)
    assert worker.main(run.path, resume=True) == "finished"
    assert curve(run) == uninterrupted


def snapshot(step: int) -> Snapshot:
    return Snapshot({"networks/model/w": torch.full((100,), float(step))}, {"step": step, "best_step": None})


@pytest.mark.parametrize("damage", ["half", "garbage", "gone", "head", "bit"])
def test_a_damaged_checkpoint_is_never_chosen(tmp_path: Path, damage: str) -> None:
    checkpoints = Checkpoints(tmp_path)
    for step in (10, 20, 30):
        checkpoints.save(step, snapshot(step))
    assert checkpoints.steps() == [30, 20], "the newest and the one before are kept"
    file, content = tmp_path / "30.safetensors", (tmp_path / "30.safetensors").read_bytes()
    if damage == "half":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "garbage":
        file.write_bytes(os.urandom(len(content)))
    elif damage == "gone":
        file.unlink()
    elif damage == "head":
        (tmp_path / "30.json").write_text('{"bytes": 1')
    else:
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    found = checkpoints.latest()
    assert found is not None and found[0] == 20
    assert found[1].tensors["networks/model/w"].tolist() == [20.0] * 100


def test_a_failed_write_leaves_the_former_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, snapshot(1))

    def full(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError):
            checkpoints.save(2, snapshot(2))
    found = checkpoints.latest()
    assert found is not None and found[0] == 1
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")], "nothing half-written is left"


def test_a_full_disk_pauses_the_run_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uninterrupted: list[dict[str, Any]]
) -> None:
    run = make_run(tmp_path / "run", LONG)
    flush, seen = EventLog.flush, []
    refusals = iter(range(3))

    def full(self: EventLog) -> None:
        if steps(run) > 20 and next(refusals, None) is not None:
            seen.append(run.state())
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(self)

    monkeypatch.setattr(EventLog, "flush", full)
    assert worker.main(run.path) == "finished", run.state()
    assert [state["status"] for state in seen][1:] == ["paused", "paused"]
    assert "disk is full" in seen[-1]["error"]
    assert run.state()["error"] is None
    assert curve(run) == uninterrupted


def test_a_full_disk_can_still_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run", spiral(epochs=100_000))
    refuse = threading.Event()
    flush = EventLog.flush

    def full(self: EventLog) -> None:
        if refuse.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(self)

    def user() -> None:
        wait_for(lambda: steps(run) > 0)
        refuse.set()
        wait_for(lambda: run.status() == "paused")
        run.command("stop")
        time.sleep(0.2)
        refuse.clear()

    monkeypatch.setattr(EventLog, "flush", full)
    thread = threading.Thread(target=user)
    thread.start()
    try:
        assert worker.main(run.path) == "stopped"
    finally:
        thread.join()
    assert run.state()["error"] is None
