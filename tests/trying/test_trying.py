"""What a trained network says to a typed text: as a job, and by the page's route."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dlviz.core.files import read_json, write_json
from dlviz.core.problems import WrongInput
from dlviz.training import worker
from dlviz.training.folder import RunFolder
from dlviz.training.restore import Restored, restore
from dlviz.trying import job
from dlviz.trying.answer import answer
from dlviz.ui import try_route

DATA: dict[str, dict[str, Any]] = {
    "writing": {"kind": "ToyWriting", "sentences": 300, "length": 8},
    "classes": {"kind": "ToyText", "size": 120},
    "tags": {"kind": "ToyEntities", "size": 120},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    made = {}
    for name, data in DATA.items():
        run = RunFolder(tmp_path_factory.mktemp(name))
        training = {"epochs": 1, "batch_size": 64, "engine": "eager"}
        write_json(run.spec_file, {"version": 1, "data": data, "training": training})
        assert worker.main(str(run.path)) == "finished"
        made[name] = run
    return made


@pytest.fixture(scope="module")
def trained(runs: dict[str, RunFolder]) -> dict[str, Restored]:
    return {name: restore(run) for name, run in runs.items()}


def test_a_class_comes_with_its_probabilities_and_with_how_the_text_was_read(trained: dict[str, Restored]) -> None:
    found = answer(trained["classes"], {"text": "a lovely film zzzz"})
    said = found["answer"]
    assert said["kind"] == "classes" and sum(share for _, share in said["rows"]) == pytest.approx(1, abs=1e-5)
    assert [share for _, share in said["rows"]] == sorted((share for _, share in said["rows"]), reverse=True)
    assert [id for _, id in found["tokens"]][-1] == 1 and not found["cut"]
    assert answer(trained["classes"], {"text": "film " * 500})["cut"]
    with pytest.raises(WrongInput, match="Type a sentence"):
        answer(trained["classes"], {"text": "  "})


def test_each_word_gets_its_tag(trained: dict[str, Restored]) -> None:
    said = answer(trained["tags"], {"text": "paris met anna in berlin"})["answer"]
    assert said["kind"] == "tags" and [word for word, _, _ in said["rows"]] == "paris met anna in berlin".split()
    assert all(0 < share <= 1 for _, _, share in said["rows"])


def test_it_writes_on_and_a_seed_decides(trained: dict[str, Restored]) -> None:
    def text(**wanted: Any) -> dict[str, Any]:
        return dict(answer(trained["writing"], {"text": "the dogs", "many": 12, **wanted})["answer"])

    first = text(seed=0)
    assert first["begun"] == "the dogs" and first["written"].strip()
    assert text(seed=0) == first != text(seed=1)
    assert len(text(temperature=0.0)["next"]) == 1 and len(text(top_k=3)["next"]) == 3
    assert answer(trained["writing"], {"text": "", "many": 3})["answer"]["written"]
    with pytest.raises(WrongInput, match="temperature"):
        text(temperature=9)
    with pytest.raises(WrongInput, match="many"):
        text(many="a lot")


def test_a_job_leaves_its_answer_or_says_why_not(runs: dict[str, RunFolder], tmp_path: Path) -> None:
    write_json(tmp_path / "request.json", {"run": str(runs["classes"].path), "text": "an awful play"})
    assert job.main(tmp_path) == 0
    assert read_json(tmp_path / "state.json", {})["status"] == "done"
    assert read_json(tmp_path / "answer.json", {})["answer"]["kind"] == "classes"
    write_json(tmp_path / "request.json", {"run": str(runs["classes"].path), "text": ""})
    assert job.main(tmp_path) == 1
    assert "Type a sentence" in read_json(tmp_path / "state.json", {})["error"]


def test_the_route_takes_only_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        try_route, "asked", lambda run, wanted: asked.append((run, dict(wanted))) or {"status": "queued"}
    )
    client = TestClient(Starlette(routes=try_route.routes()))
    at = try_route.PATH.format(run="one")
    assert client.post(at, json={"text": "hello", "seed": 1}).json() == {"status": "queued"}
    assert asked == [("one", {"text": "hello", "seed": 1})]
    for body in ([], {"text": 3}, {"text": "a", "run": "/etc"}, {}):
        assert client.post(at, json=body).status_code == 400
    assert client.post(at, json={"text": "a" * 30_000}).status_code == 413
    assert client.post(at, json={"text": "a"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert len(asked) == 1
