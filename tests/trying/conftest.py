"""A server that takes tries and keeps what was asked, in place of one with a queue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dlviz.ui import state, try_route


class Trying(NamedTuple):
    """`post(text=…)` asks about the run `one`; all that came to the queue is in `asked`."""

    post: Callable[..., Any]
    asked: list[dict[str, Any]]


@pytest.fixture
def trying(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Trying:
    asked: list[dict[str, Any]] = []

    def attempt(request: dict[str, Any]) -> Path:
        asked.append(request)
        return tmp_path

    queue = SimpleNamespace(home=tmp_path, attempt=attempt, answer_state=lambda _: {"status": "queued", "error": None})
    run = SimpleNamespace(weights=lambda: None, checkpoints=tmp_path, path=tmp_path / "run")
    monkeypatch.setattr(state, "queue", lambda: queue)
    monkeypatch.setattr(state, "store", lambda: SimpleNamespace(run=lambda name: run))
    client = TestClient(Starlette(routes=try_route.routes()))
    return Trying(lambda **body: client.post(try_route.PATH.format(run="one"), json=body), asked)
