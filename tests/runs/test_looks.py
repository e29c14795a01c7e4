"""Looks in the queue: asked once, answered by a host, the old ones forgotten; an answer at the last moment counts."""

import os

import pytest

from dlviz.core.files import write_json
from dlviz.runs import queue as queue_module
from dlviz.runs.queue import Queue


@pytest.fixture
def queue(tmp_path, monkeypatch):
    monkeypatch.setattr(Queue, "warm", lambda self: None)
    return Queue(tmp_path)


def test_the_same_look_is_asked_once(queue):
    first = queue.look({"spec": {"data": {"kind": "Digits"}}, "part": "train", "index": 0})
    assert queue.look({"index": 0, "part": "train", "spec": {"data": {"kind": "Digits"}}}) == first
    other = queue.look({"spec": {"data": {"kind": "Digits"}}, "part": "train", "index": 1})
    assert other != first and len(queue.waiting()) == 2
    assert queue.answer_state(first)["status"] == "queued"


def test_a_failed_look_is_done_again_when_asked(queue):
    folder = queue.look({"index": 0})
    for path, _ in queue.waiting():
        path.unlink()
    write_json(folder / "state.json", {"status": "failed", "error": "no"})
    assert queue.look({"index": 0}) == folder and not queue.waiting(), "who only looks how far it is starts nothing"
    assert queue.look({"index": 0}, again=True) == folder
    assert queue.answer_state(folder)["status"] == "queued" and len(queue.waiting()) == 1


def test_old_looks_are_forgotten(queue, monkeypatch):
    monkeypatch.setattr(queue_module, "_LOOKS", 3)
    folders = []
    for number in range(6):
        folders.append(queue.look({"index": number}))
        os.utime(folders[-1], (number, number))
    assert [folder.exists() for folder in folders] == [False, False, True, True, True, True]


def test_an_answer_between_two_reads_is_no_loss(queue, monkeypatch):
    folder = queue.look({"index": 0})
    write_json(folder / "worker.json", {"pid": 999_999_999, "pid_started": 0.0})
    write_json(folder / "state.json", {"status": "running", "error": None})

    def ended(pid, started):
        write_json(folder / "state.json", {"status": "done", "error": None})
        return False

    monkeypatch.setattr(queue_module, "alive", ended)
    assert queue.answer_state(folder)["status"] == "done"


def test_a_worker_that_died_is_told(queue):
    folder = queue.look({"index": 0})
    write_json(folder / "worker.json", {"pid": 999_999_999, "pid_started": 0.0})
    write_json(folder / "state.json", {"status": "running", "error": None})
    state = queue.answer_state(folder)
    assert state["status"] == "failed" and "Ask again" in state["error"]
