"""The board's addresses: who may ask, what is answered, how large it is."""

from __future__ import annotations

import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from dlviz.ui import state
from dlviz.ui.board import routes

sys.path.insert(0, str(Path(__file__).parent))
from asked import Answer, ask, asked  # noqa: E402

APP = Starlette(routes=routes.routes())
JSON = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def draft(dlviz_home: Path) -> str:
    return state.drafts().new({"version": 1, "data": {"kind": "Digits"}})


def post(draft: str, body: object, headers: dict[str, str] | None = None) -> Answer:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ask(APP, f"/dlviz/board/{draft}", sent, JSON if headers is None else headers)


def one(*ops: dict[str, Any]) -> dict[str, Any]:
    return {"rev": 1, "ops": list(ops)}


ADD = one({"do": "add", "kind": "ReLU"})


def test_a_view_and_an_edit(draft: str) -> None:
    whole = ask(APP, f"/dlviz/board/{draft}")
    assert whole.status == 200
    assert whole.headers["cache-control"] == "no-store"
    assert set(whole.json()) == {"rev", "can", "view"}
    done = post(draft, ADD)
    assert done.status == 200
    assert set(done.json()) == {"rev", "can", "say", "select", "patch"}
    assert done.json()["can"] == {"undo": True, "redo": False}
    assert len(state.drafts().read(draft)["networks"]["model"]) == len(whole.json()["view"]["nodes"]) + 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "application/json", "Sec-Fetch-Site": "same-site"},
        {"Content-Type": "application/json", "Sec-Fetch-Site": "none"},
        {"Content-Type": "application/json", "Origin": "https://elsewhere.example"},
        {"Content-Type": "application/json", "Origin": "null"},
    ],
)
def test_other_sites_may_not_edit(draft: str, headers: dict[str, str]) -> None:
    answer = post(draft, ADD, headers)
    assert answer.status == 403 and "app's own pages" in answer.json()["error"]
    assert state.drafts().at(draft) == 1


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_only_json_is_taken(draft: str, kind: str) -> None:
    answer = post(draft, ADD, {"Content-Type": kind, "Sec-Fetch-Site": "same-origin"})
    assert answer.status == 400 and "application/json" in answer.json()["error"]


def test_programs_without_a_browser_may_edit(draft: str) -> None:
    assert post(draft, ADD, {"Content-Type": "application/json; charset=utf-8"}).status == 200
    same = {"Content-Type": "application/json", "Origin": "http://testserver"}
    assert post(draft, ADD, same).status == 200


def test_remedies_come_by_themselves(draft: str) -> None:
    rev = post(draft, one({"do": "remove", "nodes": ["model.flatten"]})).json()["rev"]
    found = ask(APP, f"/dlviz/board/{draft}/remedies").json()
    assert found["rev"] == rev
    assert any(problem["remedies"] for problems in found["problems"].values() for problem in problems)


@pytest.mark.parametrize("id", ["nothing", "..", "a.b", "a%2Fb", "x" * 99])
def test_a_draft_that_is_not_there(dlviz_home: Path, id: str) -> None:
    for answer in (ask(APP, f"/dlviz/board/{id}"), post(id, ADD)):
        assert answer.status == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"[]",
        b"[" * 100_000,
        b'{"rev": 1, "ops": [{"do": "add", "kind": "\\ud800"}]}',
        {"rev": 1},
        {"rev": 1, "ops": []},
        {"rev": 1, "ops": "add"},
        {"rev": 1, "ops": ["add"]},
        {"rev": 1, "ops": [{"do": "add", "kind": "ReLU"}] * 501},
        b'{"rev": 1, "ops": [{"do": "move", "at": {"model.input": [NaN, 1]}}]}',
        b'{"rev": 1, "ops": [{"do": "move", "at": {"model.input": [1e999, 1]}}]}',
        one({"do": "move", "at": {"model.input": [1e9, 1]}}),
        one({"do": "move", "at": {"model.input": "here"}}),
        one({"do": "add", "kind": "Nothing"}),
        one({"do": "add"}),
        one({"do": ["add"]}),
        one({"do": "set", "node": "model.conv1", "settings": [1]}),
        one({"do": "set", "node": {"a": 1}}),
        one({"do": "remove", "nodes": []}),
        one({"do": "undo"}),
        one({"do": "undo"}, {"do": "redo"}),
        one({"do": "mend", "node": [1], "message": 2}),
        one({"do": "mend", "node": "model.conv1", "message": "?", "choice": 10**30}),
        one({"do": "rename", "node": "model.conv1", "name": "__class__.__init__"}),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(draft: str, body: object) -> None:
    answer = post(draft, body)
    assert answer.status == 400
    assert set(answer.json()) == {"error"} and "Traceback" not in answer.json()["error"]
    assert "server's log" not in answer.json()["error"]
    assert state.drafts().at(draft) == 1


def test_an_edit_has_a_largest_size(draft: str) -> None:
    answer = post(draft, b" " * (routes.LONGEST_BODY + 1))
    assert answer.status == 413 and "2,000,000" in answer.json()["error"]


def test_an_edit_on_what_another_tab_has_removed(draft: str) -> None:
    post(draft, one({"do": "remove", "nodes": ["model.conv1"]}))
    answer = post(draft, one({"do": "remove", "nodes": ["model.conv1"]}))
    assert answer.status == 409 and "changed elsewhere" in answer.json()["error"]


def test_a_mistake_of_ours_shows_no_traceback(draft: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from dlviz.ui.board import board

    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(board.ops, "do", broken)
    answer = post(draft, ADD)
    assert answer.status == 400
    assert "secret" not in answer.json()["error"] and "server's log" in answer.json()["error"]


def test_edits_at_the_same_time_are_all_kept(draft: str) -> None:
    async def all_at_once() -> list[Answer]:
        bodies = [json.dumps({"rev": 1, "ops": [{"do": "add", "kind": "ReLU"}]}).encode() for _ in range(12)]
        return await asyncio.gather(*(asked(APP, f"/dlviz/board/{draft}", body, JSON) for body in bodies))

    before = len(ask(APP, f"/dlviz/board/{draft}").json()["view"]["nodes"])
    with ThreadPoolExecutor(1) as apart:  # this thread may hold a browser's event loop
        answers = apart.submit(asyncio.run, all_at_once()).result()
    assert all(answer.status == 200 for answer in answers)
    assert len({answer.json()["rev"] for answer in answers} | {1}) > 2
    assert len(ask(APP, f"/dlviz/board/{draft}").json()["view"]["nodes"]) == before + 12


def test_an_edit_of_a_hundred_nodes_is_small_on_its_way(draft: str) -> None:
    for _ in range(8):
        post(draft, one(*[{"do": "add", "kind": kind} for kind in ("Conv2d", "BatchNorm2d", "ReLU") for _ in range(4)]))
    rev = state.drafts().at(draft)
    for op in (
        {"do": "add", "kind": "Dropout2d", "after": "model.conv1"},
        {"do": "set", "node": "model.conv1", "settings": {"stride": 2}},
        {"do": "remove", "nodes": ["model.relu1"]},
    ):
        answer = post(draft, {"rev": rev, "ops": [op]})
        rev = answer.json()["rev"]
        assert len(answer.wire) <= 4096


def test_the_code_of_a_draft(draft: str) -> None:
    answer = ask(APP, f"/dlviz/board/{draft}/code")
    assert answer.status == 200 and "nn.Module" in answer.json()["code"]
    post(draft, one({"do": "remove", "nodes": ["model.flatten"]}))
    wrong = ask(APP, f"/dlviz/board/{draft}/code")
    assert wrong.status == 400 and "problem" in wrong.json()["error"]


def test_the_picture_of_a_draft(draft: str) -> None:
    answer = ask(APP, f"/dlviz/board/{draft}/picture.svg?dark=1&role=model&download=1")
    assert answer.status == 200 and answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["content-disposition"] == 'attachment; filename="model.svg"'
    assert b"Conv2d" in answer.body and answer.body.startswith(b"<svg")
    assert ask(APP, f"/dlviz/board/{draft}/picture.svg?role=nothing").status == 404


def test_how_the_weights_of_a_node_start(draft: str) -> None:
    found = ask(APP, f"/dlviz/board/{draft}/weights?node=model.conv2").json()
    assert sum(found["counts"]) == found["number"] == 32 * 64 * 9
    assert len(found["bins"]) == len(found["counts"]) + 1
    bound = (32 * 9) ** -0.5  # torch's default: uniform between ± 1 / sqrt(inputs)
    assert found["bins"][0] == pytest.approx(-bound, rel=0.01)
    assert found["std"] == pytest.approx(bound / 3**0.5, rel=0.02)
    assert found == ask(APP, f"/dlviz/board/{draft}/weights?node=model.conv2").json()
    post(draft, one({"do": "set", "node": "model.conv2", "settings": {"init": "zeros"}}))
    zeros = ask(APP, f"/dlviz/board/{draft}/weights?node=model.conv2").json()
    assert (zeros["mean"], zeros["std"], zeros["init"]) == (0, 0, "zeros")


def test_a_node_without_weights_and_one_that_is_not_there(draft: str) -> None:
    assert ask(APP, f"/dlviz/board/{draft}/weights?node=model.relu1").json()["number"] == 0
    for node in ("model.nothing", "", "other.conv2", "model.conv2.inner"):
        assert ask(APP, f"/dlviz/board/{draft}/weights?node={node}").status == 400


def test_drawing_weights_leaves_the_generator_as_it_was(draft: str) -> None:
    import torch

    before = torch.random.get_rng_state()
    ask(APP, f"/dlviz/board/{draft}/weights?node=model.fc1")
    assert torch.equal(before, torch.random.get_rng_state())
