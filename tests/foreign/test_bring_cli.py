"""`dlviz bring` as a person types it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import nets
import pytest
import torch
from click.testing import CliRunner, Result
from torch import Tensor, nn

from dlviz.cli import main
from dlviz.core.files import read_record
from dlviz.runs.store import Store
from dlviz.training import bring


def call(*words: str) -> Result:
    result = CliRunner().invoke(main, words)
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_model_becomes_a_run_that_is_explained(tmp_path: Path, dlviz_home: Path) -> None:
    path = nets.write_onnx(nets.cnn(), nets.pictures(1), tmp_path / "net.onnx")
    result = call("bring", str(path), "--data", "Digits", "--name", "Elsewhere", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    (run,) = Store(dlviz_home).runs()
    assert found["run"] == run.id and run.spec_document()["title"] == "Elsewhere"
    assert set(found["metrics"]) == {"validation", "test"} and any("onnxruntime" in note for note in found["notes"])
    assert not list((dlviz_home / "brings").iterdir())
    explained = call("explain", "latest", "--method", "GradCam", "--index", "2")
    assert explained.exit_code == 0 and json.loads(explained.output)["method"] == "GradCam"


@pytest.mark.parametrize("words, said", [
    (["--data", "Iris"], "It takes 1 × 8 × 8"), (["--data", "Digits", "--read", "scaling=row"], "reading.scaling"),
])  # fmt: skip
def test_what_does_not_serve_is_told_in_a_sentence(
    tmp_path: Path, dlviz_home: Path, words: list[str], said: str
) -> None:
    path = nets.write_onnx(nets.cnn(), nets.pictures(1), tmp_path / "net.onnx")
    result = call("bring", str(path), *words)
    assert result.exit_code == 2 and said in result.output
    assert not Store(dlviz_home).runs()


def test_a_pickle_is_refused_at_once(tmp_path: Path, dlviz_home: Path) -> None:
    torch.save(nets.cnn().state_dict(), tmp_path / "net.pt")
    result = call("bring", str(tmp_path / "net.pt"), "--data", "Digits")
    assert result.exit_code == 2 and "any program" in result.output and "safetensors" in result.output
    assert not (dlviz_home / "brings").exists()


class Greedy(nn.Module):
    """Makes 4 GB of numbers of each example."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        row = x.flatten(1)
        pairs = (row[:, :, None] * row[:, None, :]).flatten(1)
        fours = (pairs[:, :, None] * pairs[:, None, :]).flatten(1)
        found: Tensor = self.head((fours[:, :, None] * row[:, None, :]).sum(1))
        return found


def test_a_network_that_would_fill_memory_is_stopped(tmp_path: Path, dlviz_home: Path) -> None:
    path = nets.write_export(Greedy().eval(), nets.pictures(2), tmp_path / "net.pt2")
    result = call("bring", str(path), "--data", "Digits")
    assert result.exit_code == 2 and "more memory" in result.output
    assert not Store(dlviz_home).runs()


def test_a_network_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(bring, "ALL_SECONDS", 0.05)
    monkeypatch.setattr(bring, "limit_memory", lambda room: None)
    monkeypatch.setattr(bring.os, "_exit", ended.append)
    (tmp_path / "run").mkdir()
    watch = bring._Watch(tmp_path)
    watch.tell("running")
    watch.guard()
    until = time.monotonic() + 20
    while not ended and time.monotonic() < until:
        time.sleep(0.02)
    state = read_record(tmp_path / "state.json")
    assert ended == [1] and state is not None and state["status"] == "failed" and "longer than" in state["error"]
    assert not (tmp_path / "run").exists()
