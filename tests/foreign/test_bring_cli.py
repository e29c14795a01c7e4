"""`dlviz bring` as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import nets
import pytest
import torch
from click.testing import CliRunner, Result

from dlviz.cli import main
from dlviz.runs.store import Store


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
