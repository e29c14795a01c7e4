"""Kill, resume, pause, stop: the curve is the same as if nothing had happened."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch

from dlviz.datasets.toy2d import Toy2d
from dlviz.runs.queue import RESUMABLE
from dlviz.training import worker
from dlviz.training.checkpoint import Checkpoints, Snapshot
from dlviz.training.events import EventLog, read_events
from dlviz.training.folder import RunFolder
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


@pytest.mark.parametrize("damage", ["half", "garbage", "gone", "head", "bit", "facts"])
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
    elif damage == "facts":  # still JSON, but not what was written
        head = (tmp_path / "30.json").read_text()
        (tmp_path / "30.json").write_text(head.replace('"step"', '"stop"'))
    else:
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    found = checkpoints.latest()
    assert found is not None and found[0] == 20
    assert found[1].tensors["networks/model/w"].tolist() == [20.0] * 100


def test_a_checkpoint_of_before_facts_had_a_checksum_is_read(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(10, snapshot(10))
    head = json.loads((tmp_path / "10.json").read_bytes())
    del head["facts_crc32"]
    (tmp_path / "10.json").write_text(json.dumps(head, indent=1))
    assert checkpoints.latest() is not None


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


@pytest.mark.parametrize("how", ["stop", "SIGTERM", "stop without room for it"])
def test_a_full_disk_can_still_be_stopped(tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run", spiral(epochs=100_000))
    refuse, write_state = threading.Event(), RunFolder.write_state
    recorders: list[Recorder] = []
    monkeypatch.setattr("dlviz.training.recorder._PAUSE", 0.02)
    monkeypatch.setattr(worker, "_on_terminate", lambda recorder: recorders.append(recorder) or nullcontext())
    monkeypatch.setattr(
        "dlviz.training.folder.os.kill", lambda pid, number: setattr(recorders[0], "terminate", number == 15)
    )
    flush = EventLog.flush

    def full(self: EventLog) -> None:
        if refuse.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(self)

    def user() -> None:
        wait_for(lambda: steps(run) > 0)
        refuse.set()
        wait_for(lambda: run.status() == "paused")
        if how == "SIGTERM":
            recorders[0].terminate = True
            return
        if how != "stop":
            (run.path / "control").rmdir()
            (run.path / "control").touch()  # so that nothing can be left there
        run.command("stop")

    def no_room(self: RunFolder, state: dict[str, Any]) -> None:
        if refuse.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        write_state(self, state)

    monkeypatch.setattr(EventLog, "flush", full)
    monkeypatch.setattr(RunFolder, "write_state", no_room)
    (run.path / "control").mkdir()
    thread = threading.Thread(target=user)
    thread.start()
    try:
        assert worker.main(run.path) == ("stopped" if how == "stop" else "interrupted")
    finally:
        thread.join()
    assert run.status() == ("stopped" if how == "stop" else "interrupted")
    assert "could not be kept" in run.state()["error"]
    refuse.clear()
    assert not run.asked("stop") and run.checkpoints.is_dir() and run.status() in RESUMABLE


def test_data_that_find_no_room_are_loaded_when_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run", spiral(epochs=1))
    load, seen = Toy2d.load, []

    def once(self: Toy2d, *given: Any) -> Any:
        seen.append(run.state())
        if len(seen) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return load(self, *given)

    monkeypatch.setattr(Toy2d, "load", once)
    monkeypatch.setattr(worker, "_AGAIN", 0.01)
    assert worker.main(run.path) == "finished", run.state()
    assert seen[1]["status"] == "paused" and "disk is full" in seen[1]["error"] and run.state()["error"] is None


@pytest.mark.parametrize(
    ("files", "folders"),
    [(("moments", "gallery", "views"), ("signals.jsonl",)), (("moments/0",), ("moments/latest.json", "doctor.json"))],
)
def test_a_run_does_not_fail_because_of_its_pictures(
    tmp_path: Path, files: tuple[str, ...], folders: tuple[str, ...]
) -> None:
    run = make_run(tmp_path / "run", spiral(epochs=1))
    for name in folders:
        (run.path / name).mkdir(parents=True)
    for name in files:
        (run.path / name).write_text("something else")
    assert worker.main(run.path) == "finished", run.state()


def test_a_folder_that_was_taken_away_is_not_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run", spiral(epochs=100_000))
    look = Recorder.look

    def looking(self: Recorder, loop: Loop) -> None:
        if loop.step > 20:
            shutil.rmtree(run.path, ignore_errors=True)
        look(self, loop)

    monkeypatch.setattr(Recorder, "look", looking)
    assert worker.main(run.path) == "gone" and not run.path.exists()
