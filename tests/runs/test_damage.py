"""Damaged files of a run, a full disk: told in words; no list, page or host falls over them, and no run is lost."""

from __future__ import annotations

import errno
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dlviz.cli import main
from dlviz.core import files
from dlviz.core.files import write_json
from dlviz.core.problems import WrongInput
from dlviz.core.process import me
from dlviz.runs import host as hosts
from dlviz.runs.fair import Limits
from dlviz.runs.host import Host
from dlviz.runs.job import Job
from dlviz.runs.queue import Queue, entry_files
from dlviz.runs.store import Store
from dlviz.training import worker
from dlviz.training.events import read_events
from dlviz.training.folder import RunFolder
from dlviz.training.recorder import Recorder
from dlviz.training.restore import restore
from tests.training.toys import make_run, spiral

GARBAGE = {
    "nothing": b"",
    "zeros": bytes(100),
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "half": b'{"status": "runn',
    "no UTF-8": b"\xff\xfe{}",
    "too deep": b"[" * 100_000,
    "wrong kinds": b'{"status": 5, "pid": "abc", "metrics": [], "data": [], "fields": [], "encoders": [], "step": {}}',
    "pids that are none": b'{"status": "running", "pid": -5, "pid_started": "x", "seconds": NaN}',
    "an endless pid": b'{"status": "running", "pid": 1e400, "seconds": "y", "error": 3}',
    "records of all kinds": b'[]\n3\n{"type":"resume"}\n{"type":"resume","step":"a"}\n{"step":4}\n'
    b'{"type":"train"}\n{"type":"resume","step":2}\n',
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    run = make_run(tmp_path_factory.mktemp("trained") / "20200101-000000-aaaa", spiral(epochs=2, early_stopping={}))
    assert worker.main(run.path) == "finished"
    return run


@pytest.mark.parametrize("file", ["spec.json", "state.json", "data.json", "events.jsonl", "checkpoints/best.json"])
def test_garbage_in_a_run_is_told_in_words(file: str, trained: RunFolder, dlviz_home: Path) -> None:
    store = Store(dlviz_home)
    for name, content in GARBAGE.items():
        shutil.rmtree(dlviz_home / "runs", ignore_errors=True)
        shutil.copytree(trained.path, dlviz_home / "runs" / trained.id)
        (run,) = store.runs()
        (run.path / file).write_bytes(content)
        assert isinstance(run.spec_document(), dict), name
        state = run.state()
        assert state["status"] in ("finished", "interrupted"), name
        if file == "state.json":
            assert state["status"] == "interrupted", name
            assert all(isinstance(value, dict) for value in state.get("metrics", {}).values()), name
        assert all(isinstance(record["step"], int) for record in read_events(run.events_file)), name
        listed = CliRunner().invoke(main, ["runs"])
        assert listed.exit_code == 0 and run.id in listed.output, (name, listed.output)
        try:
            restore(run)
        except WrongInput as error:
            assert f"{run.id} cannot be read: its {file} is damaged" in str(error) or "is not known here" in str(
                error
            ), name
        else:
            assert file not in ("spec.json", "data.json"), name


def test_weights_of_another_network_are_told(trained: RunFolder, tmp_path: Path) -> None:
    shutil.copytree(trained.path, tmp_path / "run")
    run = RunFolder(tmp_path / "run")
    document = run.spec_document()
    document["networks"]["model"][1]["out_features"] = 5
    write_json(run.spec_file, document)
    with pytest.raises(WrongInput, match="does not belong to the network"):
        restore(run)


def test_damaged_files_do_not_end_the_host(tmp_path: Path) -> None:
    run = Store(tmp_path).create(spiral())
    folder = run.explanations / "0123456789abcdef"
    folder.mkdir(parents=True)
    for file in (run.path / "state.json", folder / "worker.json", folder / "state.json", folder / "request.json"):
        file.write_bytes(b"[]")
    host = Host(tmp_path)
    host._adopt()
    Job(1, None, "train", run.path).note_end(-9)
    assert run.state()["status"] == "interrupted"
    assert Queue(tmp_path).answer_state(folder)["status"] == "unasked"


def test_a_full_disk_does_not_end_the_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(tmp_path)
    calls = []

    def step() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        host.leave = True

    monkeypatch.setattr(host, "step", step)
    monkeypatch.setattr(hosts, "TROUBLE", 0.01)
    host.serve()
    assert len(calls) == 2


def test_a_run_lost_on_its_way_into_the_queue_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Queue, "warm", lambda self: None)
    store, queue = Store(tmp_path), Queue(tmp_path)
    fresh, lost = store.create(spiral()), store.create(spiral())
    long_ago = time.time() - 3600
    os.utime(lost.path / "state.json", (long_ago, long_ago))
    Host(tmp_path)._find_lost()
    assert queue.position(lost) == 0 and queue.position(fresh) is None
    queue.resume(fresh)
    assert queue.position(fresh) == 1
    beyond = store.create(spiral())
    os.utime(beyond.path / "state.json", (long_ago, long_ago))
    monkeypatch.setenv("DLVIZ_WAITING_EACH", "2")
    Host(tmp_path)._find_lost()  # no more may wait: it is left for later, and the host goes on
    assert queue.position(beyond) is None
    with pytest.raises(WrongInput, match="2 do, and 3 more were asked for"):
        queue.submit_all(lambda: store.repeat(spiral(), range(3)), 3)
    assert len(store.runs()) == 3, "none of them was made"
    monkeypatch.setenv("DLVIZ_WAITING_EACH", "9")
    put, room = queue._put, iter([0, 1])
    monkeypatch.setattr(queue, "_put", lambda *given: put(*given) if next(room, None) is not None else full())
    with pytest.raises(OSError, match="No space"):
        queue.submit_all(lambda: store.repeat(spiral(), range(3)), 3)
    assert len(store.runs()) == 5 and len(queue.waiting()) == 4, "none waits that is not in the queue"


def test_what_is_taken_away_while_it_waits_or_trains_is_not_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Queue, "warm", lambda self: None)
    run, host = Store(tmp_path).create(spiral()), Host(tmp_path, Limits(0, 0, 9))
    Queue(tmp_path).submit(run)
    host.step()  # it knows the entry; there is no place yet
    shutil.rmtree(run.path)
    Job(1, None, "train", run.path).note_end(-9)
    host.places["train"] = 1
    host.step()
    assert not run.path.exists() and not entry_files(tmp_path / "queue") and not host.jobs


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_run_that_cannot_be_kept_leaves_nothing(dlviz_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlviz.runs.store.write_json", full)
    with pytest.raises(WrongInput, match="cannot be kept in .*No space left"):
        Store(dlviz_home).create(spiral())
    assert list((dlviz_home / "runs").iterdir()) == []
    room = iter([write_json] * 2)  # of three seeds the last finds none
    monkeypatch.setattr("dlviz.runs.store.write_json", lambda *given, **more: next(room, full)(*given, **more))
    with pytest.raises(WrongInput, match="No space left"):
        Store(dlviz_home).repeat(spiral(), range(3))
    assert list((dlviz_home / "runs").iterdir()) == []


def test_a_run_that_found_no_room_in_the_queue_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Queue, "warm", lambda self: None)
    run, queue = Store(tmp_path).create(spiral()), Queue(tmp_path)
    run.write_state({"status": "interrupted", "error": "killed"})
    monkeypatch.setattr("dlviz.runs.queue.write_json", full)
    with pytest.raises(OSError, match="No space"):
        queue.resume(run)
    assert run.state()["status"] == "interrupted" and run.state()["error"] == "killed"


def test_on_a_full_disk_the_state_says_so_in_the_block_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run", spiral())
    run.write_state({"status": "running", "pid": os.getpid(), "metrics": {"train": {"loss": 0.25}}, "error": None})
    recorder = Recorder(run, dict(run.state()))
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr("dlviz.training.recorder.time.sleep", lambda seconds: seen.append(run.state()))
    monkeypatch.setattr(files, "replace_with", full)  # no new file fits
    tries = iter([full, full, lambda: None])
    recorder.to_disk(lambda: next(tries)())
    assert [state["status"] for state in seen] == ["paused", "paused"]
    assert "The disk is full" in seen[0]["error"]
    run.write_state_in_place({**seen[0], "pid": 2**31 - 1})  # killed while it waited: it no longer goes on by itself
    assert run.state()["status"] == "interrupted" and "goes on by itself" not in run.state()["error"]
    assert recorder.state["status"] == "running" and recorder.state["error"] is None


def test_a_run_in_a_locked_folder_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run", spiral())
    run.write_state({"status": "running", **me()})
    monkeypatch.setattr("dlviz.training.folder.os.access", lambda *_: False)
    assert run.status() == "paused" and "read-only" in run.state()["error"]
    monkeypatch.setattr("dlviz.training.folder.mine", lambda pid: False)  # another user's worker may write there
    assert run.status() == "running"


def test_a_folder_that_cannot_be_looked_into_is_not_taken_for_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "run", spiral())
    assert not run.gone and RunFolder(tmp_path / "nothing").gone and RunFolder(run.spec_file).gone
    with pytest.raises(FileNotFoundError):
        RunFolder(tmp_path / "nothing").write_state({})
    assert not (tmp_path / "nothing").exists()
    monkeypatch.setattr("dlviz.training.folder.os.stat", lambda *_: full())
    monkeypatch.setattr("dlviz.training.commands.os.scandir", full)
    assert not run.gone and not run.asked("stop") and run.commands() == []


def test_a_command_line_without_room_ends_in_a_sentence(dlviz_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlviz.runs.store.Store.runs", full)
    done = CliRunner().invoke(main, ["runs"])
    assert done.exit_code == 1 and "No space left" in done.output and "Traceback" not in done.output
