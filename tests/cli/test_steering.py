"""Fork, repeat, lead and search from a terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from dlviz.cli import main
from dlviz.runs.store import Store
from dlviz.training.folder import RunFolder
from tests.training.toys import spiral, wait_for

DLVIZ = [sys.executable, "-m", "dlviz"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "long.yaml").write_text(yaml.safe_dump(spiral(epochs=100_000, precision="float32")))
    (folder / "spec.yaml").write_text(yaml.safe_dump(spiral(epochs=3, precision="float32")))
    return folder


def dlviz(home: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*DLVIZ, *words], capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "DLVIZ_HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def here(monkeypatch: pytest.MonkeyPatch, home: Path, *words: str, code: int = 0) -> str:
    """The same in this process: starting Python anew takes longer than all the rest."""
    monkeypatch.setenv("DLVIZ_HOME", str(home))
    result = CliRunner().invoke(main, words)
    assert result.exit_code == code, result.output
    return result.output


def last_record(text: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(text.splitlines()[-1])
    return record


def test_repeat_then_fork(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = last_record(dlviz(home, "train", str(home / "spec.yaml"), "--seeds", "2", "--json").stdout)
    assert len(told["runs"]) == 2 and told["test"]["loss"]["runs"] == 2 and told["test"]["loss"]["deviation"] > 0
    lr = "optimization.optimizer.lr"
    words = ("fork", told["runs"][0], "--step", "20", "--set", f"{lr}=0.5", "--title", "Faster", "--json")
    record = last_record(dlviz(home, *words).stdout)
    child = Store(home).run(record["run"])
    assert record["status"] == "finished" and child.state()["parent"] == told["runs"][0]
    assert child.state()["parent_step"] == 20 and child.spec_document()["title"] == "Faster"
    assert "steps 0 to 42" in here(monkeypatch, home, "fork", told["runs"][0], "--step", "99", code=2)


def test_a_running_run_is_led_from_a_terminal(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = subprocess.Popen(
        [*DLVIZ, "train", str(home / "long.yaml"), "--run-dir", str(home / "led"), "--json"],
        stdout=subprocess.DEVNULL, env={**os.environ, "DLVIZ_HOME": str(home)},
    )  # fmt: skip
    run = RunFolder(home / "led")
    try:
        wait_for(lambda: run.status() == "running", 240)
        assert here(monkeypatch, home, "step", str(run.path), "3").startswith("paused at step")
        lr = "optimization.optimizer.lr"
        told = here(monkeypatch, home, "set", str(run.path), f"{lr}=0.25")
        assert told.startswith(f"{lr}: 0.1 → 0.25 from step")
        assert "at most 100" in here(monkeypatch, home, "set", str(run.path), f"{lr}=101", code=2)
    finally:
        run.command("stop")
        worker.wait(240)


def test_find_a_learning_rate(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("lr", str(home / "spec.yaml"), "--set", "data.pattern=gaussians", "--json")
    found = last_record(here(monkeypatch, home, *words))
    assert found["suggestion"] and 0.001 < found["suggestion"] < 1 and "fastest" in found["why"]
