"""The route of asking back: what it takes, what it refuses, what it keeps."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dlviz.core.files import write_json
from dlviz.core.values import Attribution, Value
from dlviz.runs.store import Store
from dlviz.training.folder import RunFolder
from dlviz.ui import ask_route


class Queue:
    """A queue that answers at once, or never."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked, self.cancelled, self.status = folder, [], [], "done"

    def ask(self, run: RunFolder, question: dict[str, Any], again: bool) -> Path:
        self.asked.append(question)
        self.again = again
        folder = run.explanations / f"q{hash(json.dumps(question, sort_keys=True)) & 0xFFFF:x}"
        write_json(folder / "request.json", {"run": run.id, **question})
        return folder

    def answer_state(self, folder: Path) -> dict[str, Any]:
        return {"status": self.status, "error": None}

    def cancel(self, folder: Path) -> None:
        self.cancelled.append(folder)


@pytest.fixture
def asked(dlviz_home: Path, monkeypatch: pytest.MonkeyPatch):
    run = Store(dlviz_home).create({"version": 1, "data": {"kind": "Digits"}})
    queue = Queue(dlviz_home)
    from dlviz.ui import state

    monkeypatch.setattr(state, "queue", lambda: queue)
    monkeypatch.setattr(state, "store", lambda: Store(dlviz_home))
    client = TestClient(Starlette(routes=ask_route.routes()))

    def post(body: Any) -> Any:
        return client.post(f"/dlviz/ask/{run.id}", json=body)

    post.run, post.queue = run, queue  # type: ignore[attr-defined]
    return post


def test_a_change_is_asked_about_and_the_answer_told(asked) -> None:
    body = {"part": "test", "index": 3, "target": None, "edit": {"text": "x"}, "muted": [], "against": None}
    answer = asked(body)
    assert answer.status_code == 200 and answer.json()["status"] == "done"
    question = asked.queue.asked[-1]
    assert question["only"] == "prediction" and question["passing"] is True and question["edit"] == {"text": "x"}
    assert "muted" not in question and "against" not in question
    assert asked.queue.again is False and asked({**body, "again": True}) and asked.queue.again is True
    assert asked.queue.asked[-1] == question
    folder = next(asked.run.explanations.iterdir())
    write_json(folder / "summary.json", {"prediction": 1})
    assert asked(body).json()["said"] == {"prediction": 1}


@pytest.mark.parametrize(
    ("over", "data", "names", "values"),
    [
        ("picture", np.array([[[1.0, 0.0]], [[1.0, -1.0]]]), (), [1.0, -0.5]),
        ("columns", np.array([4.0, -1.0]), ("a", "b"), [1.0, -0.25]),
        ("series", np.array([[1.0, 2.0], [0.0, 2.0]]), (), [0.25, 1.0]),
    ],
)
def test_attributions_are_told_by_their_largest(over, data, names, values, tmp_path: Path) -> None:
    Value(Attribution(names=names, over=over), data).save(tmp_path / "answer")
    told = ask_route.told(tmp_path)
    assert told["over"] == over and told["values"] == values and told["names"] == list(names)
    assert told["most"] == pytest.approx(float(np.abs(data.sum(0) if data.ndim > 1 else data).max()))


def test_a_spectrogram_stands_with_its_highest_pitch_above(tmp_path: Path) -> None:
    low, high = [1.0, 0.5], [0.0, 0.0]
    more = {"input": np.array([[low, high]])}
    Value(Attribution(over="spectrogram"), np.array([[low, high]]), more=more).save(tmp_path / "answer")
    told = ask_route.told(tmp_path)
    assert told["shape"] == [2, 2] and told["values"] == [*high, *low] and told["under"] == [*high, *low]


@pytest.mark.parametrize("body", [[], {"index": "3"}, {"part": "test"}, {"index": 1, "run": "x"}, {"index": True}])
def test_what_is_no_question_is_refused(asked, body) -> None:
    answer = asked(body)
    assert answer.status_code == 400 and "whole number `index`" in answer.json()["error"]
    assert not asked.queue.asked


def test_what_a_tab_asked_before_is_ended_when_it_asks_something_else(asked) -> None:
    asked.queue.status = "running"
    first = {"index": 1, "tab": "one"}
    asked(first)
    asked(first)
    asked({"index": 1, "tab": "two"})
    assert asked.queue.cancelled == []
    asked({"index": 2, "tab": "one"})
    assert len(asked.queue.cancelled) == 1 and "tab" not in asked.queue.asked[-1]


def test_passing_answers_do_not_pile_up(asked) -> None:
    kept = asked.run.explanations / "kept"
    write_json(kept / "request.json", {"run": asked.run.id, "index": 0})
    for index in range(ask_route.KEPT + 12):
        asked({"index": index})
        for place, folder in enumerate(sorted(asked.run.explanations.iterdir())):
            os.utime(folder, (place, place))
    assert len(list(asked.run.explanations.iterdir())) <= ask_route.KEPT + 2 and kept.is_dir()
