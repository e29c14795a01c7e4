"""The store, the drafts and the queue on disk: no torch, no path but their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dlviz.core.files import read_json, write_json
from dlviz.core.problems import WrongInput
from dlviz.runs.drafts import Drafts
from dlviz.runs.home import home
from dlviz.runs.queue import Queue
from dlviz.runs.store import Store

SPEC: dict[str, Any] = {"version": 1, "data": {"kind": "Digits"}}
HOSTILE = ["../x", "..", ".", "", "a/b", "a\\b", "/etc", "x\0y", "a" * 65, "%2e%2e", "é", ".hidden", "-x", "a\n"]


def test_home_is_where_the_environment_says(dlviz_home: Path) -> None:
    assert home() == dlviz_home
    assert {path.name for path in dlviz_home.iterdir()} == {"runs", "drafts", "uploads", "data", "queue", "logs"}


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.runs() == []
    (tmp_path / "runs").mkdir()
    for name in ("20200101-000000-aaaa", "20230101-000000-aaaa", "20220101-000000-aaaa"):
        write_json(tmp_path / "runs" / name / "spec.json", SPEC)
    (tmp_path / "runs" / "not-a-run").mkdir()
    (tmp_path / "runs" / "file").write_text("")
    new = store.create(SPEC, parent="20200101-000000-aaaa")
    names = [run.id for run in store.runs()]
    assert names == [new.id, "20230101-000000-aaaa", "20220101-000000-aaaa", "20200101-000000-aaaa"]
    assert new.status() == "queued" and new.spec_document() == SPEC
    assert new.state()["parent"] == "20200101-000000-aaaa"
    assert store.run(new.id) == new


def test_a_thousand_runs_made_at_once_have_names_of_their_own(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert len({store.create(SPEC).id for _ in range(1000)}) == 1000


@pytest.mark.parametrize("id", HOSTILE)
def test_no_id_leads_out_of_the_home(tmp_path: Path, id: str) -> None:
    (tmp_path / "x").mkdir()
    write_json(tmp_path / "x" / "spec.json", SPEC)
    write_json(tmp_path / "x" / "head.json", {"at": 1, "top": 1})
    store, drafts = Store(tmp_path), Drafts(tmp_path)
    for use in (store.run, store.delete, store.undelete, drafts.read, drafts.undo, drafts.can_redo):
        with pytest.raises(WrongInput):
            use(id)
    with pytest.raises(WrongInput):
        drafts.write(id, SPEC)
    assert (tmp_path / "x" / "spec.json").exists()


def test_a_deleted_run_can_be_brought_back_for_a_week(tmp_path: Path) -> None:
    store = Store(tmp_path)
    old, run = store.create(SPEC), store.create(SPEC)
    store.delete(old.id)
    week = time.time() - 8 * 24 * 3600
    os.utime(store.trash / old.id, (week, week))
    store.delete(run.id)
    assert store.runs() == []
    with pytest.raises(WrongInput):
        store.run(run.id)
    assert store.undelete(run.id).spec_document() == SPEC
    assert [found.id for found in store.runs()] == [run.id]
    with pytest.raises(WrongInput, match="no deleted run"):
        store.undelete(old.id)


def test_a_training_run_is_not_deleted(tmp_path: Path) -> None:
    import psutil

    store = Store(tmp_path)
    run = store.create(SPEC)
    me = psutil.Process()
    run.write_state({"status": "running", "pid": me.pid, "pid_started": me.create_time()})
    with pytest.raises(WrongInput, match="Stop it first"):
        store.delete(run.id)


def test_drafts_undo_and_redo_every_version(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    id = drafts.new({"v": 0})
    for number in (1, 2, 3):
        drafts.write(id, {"v": number})
    drafts.write(id, {"v": 3})  # nothing new
    assert [drafts.undo(id)["v"] for _ in range(4)] == [2, 1, 0, 0]
    assert not drafts.can_undo(id) and drafts.can_redo(id)
    assert [drafts.redo(id)["v"] for _ in range(2)] == [1, 2]
    drafts.write(id, {"v": 9})
    assert not drafts.can_redo(id)
    assert drafts.redo(id) == {"v": 9} == Drafts(tmp_path).read(id)
    assert drafts.undo(id) == {"v": 2}
    assert drafts.new({}) != id


def test_no_torch_is_needed_to_list_and_ask() -> None:
    code = (
        "import sys, dlviz.runs.store, dlviz.runs.drafts, dlviz.runs.queue, dlviz.runs.home;"
        "sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Queue:
    """A queue that no host serves."""
    monkeypatch.setattr(Queue, "warm", lambda self: None)
    return Queue(tmp_path)


def test_a_queue_keeps_its_order_and_takes_a_run_once(queue: Queue, tmp_path: Path) -> None:
    store = Store(tmp_path)
    runs = [store.create(SPEC) for _ in range(3)]
    for run in [*runs, runs[0]]:
        queue.submit(run)
    assert [queue.position(run) for run in runs] == [0, 1, 2]
    assert queue.withdraw(runs[1]) and not queue.withdraw(runs[1])
    assert runs[1].status() == "stopped"
    assert [queue.position(run) for run in runs] == [0, None, 1]


def test_only_what_has_ended_early_can_be_resumed(queue: Queue, tmp_path: Path) -> None:
    run = Store(tmp_path).create(SPEC)
    run.write_state({"status": "finished", "step": 7})
    with pytest.raises(WrongInput, match="finished"):
        queue.resume(run)
    for status in ("interrupted", "stopped", "failed"):
        run.write_state({"status": status, "step": 7, "error": "x"})
        queue.resume(run)
        assert run.state() == {"status": "queued", "step": 7, "error": None, "pid": None}
        (path, entry), *rest = queue.waiting()
        assert entry["resume"] is True and not rest
        path.unlink()


def test_the_same_question_has_the_same_folder(queue: Queue, tmp_path: Path) -> None:
    run = Store(tmp_path).create(SPEC)
    question = {"part": "test", "index": 3, "target": None, "method": {"kind": "GradCam"}, "limit_s": 20}
    folder = queue.ask(run, question)
    assert queue.ask(run, {**question, "limit_s": 60}) == folder
    assert queue.ask(run, {**question, "index": 4}) != folder
    assert queue.answer_state(folder)["status"] == "queued"
    assert read_json(folder / "request.json") == {"run": run.id, **question}
    queue.cancel(folder)
    assert queue.answer_state(folder)["status"] == "cancelled"
    assert len(queue.waiting()) == 1
    assert queue.ask(run, question) == folder and queue.answer_state(folder)["status"] == "queued"
    write_json(run.checkpoints / "latest.json", {"step": 10})
    assert queue.ask(run, question) != folder, "other weights, another answer"


def test_an_answer_that_cannot_come_is_told(queue: Queue, tmp_path: Path) -> None:
    run = Store(tmp_path).create(SPEC)
    folder = queue.ask(run, {"index": 1})
    for path, _ in queue.waiting():
        path.unlink()
    assert queue.answer_state(folder)["status"] == "failed"
    write_json(folder / "state.json", {"status": "running", "done": 3, "of": 9})
    write_json(folder / "worker.json", {"pid": 2**22 + 1, "pid_started": 1.0})
    assert queue.answer_state(folder) == {
        "status": "failed", "done": 3, "of": 9, "error": "The worker ended without an answer. Ask again.",
    }  # fmt: skip
    assert queue.answer_state(tmp_path / "nowhere")["status"] == "unasked"
