"""The command line as a person types it: exit codes, JSON, files, errors without tracebacks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from dlviz.cli import main
from dlviz.runs.store import Store
from dlviz.training.folder import RunFolder

DLVIZ = [sys.executable, "-m", "dlviz"]


def call(*words: str) -> Result:
    result = CliRunner().invoke(main, words)
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Digits trained for two epochs by the command itself, in a process of its own."""
    folder = tmp_path_factory.mktemp("cli") / "run"
    command = [*DLVIZ, "train", "01-digits", "--set", "training.epochs=2", "--run-dir", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    record: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return record


def test_train_ends_with_one_json_record(trained: dict[str, Any]) -> None:
    assert trained["status"] == "finished" and trained["seconds"] > 0
    assert set(trained["metrics"]) == {"train", "validation", "test"}
    assert trained["metrics"]["test"]["accuracy"] > 0.5
    assert (Path(trained["folder"]) / "spec.json").exists()


def test_a_run_directory_with_something_in_it_is_refused(trained: dict[str, Any]) -> None:
    result = call("train", "01-digits", "--run-dir", trained["folder"])
    assert result.exit_code == 2 and "empty folder" in result.output


@pytest.mark.parametrize("method", ["GradCam", "IntegratedGradients", "Occlusion"])
def test_explain_gives_values_in_the_inputs_shape(trained: dict[str, Any], method: str) -> None:
    result = call("explain", trained["folder"], "--method", method, "--index", "7")
    assert result.exit_code == 0
    found = json.loads(result.output)
    assert found["method"] == method and found["index"] == 7
    assert {"target", "prediction", "score"} <= set(found)
    values = np.asarray(found["values"])
    assert values.shape == (1, 8, 8) and np.abs(values).max() > 0


def test_explain_writes_files(trained: dict[str, Any], tmp_path: Path) -> None:
    words = [
        "explain",
        trained["folder"],
        "--method",
        "GradCam",
        "--index",
        "0",
        "--target",
        "3",
        "--split",
        "validation",
    ]
    assert call(*words, "--out", str(tmp_path / "map.png")).exit_code == 0
    with Image.open(tmp_path / "map.png") as picture:
        assert picture.size[0] > 100
    assert call(*words, "--out", str(tmp_path / "map.json")).exit_code == 0
    assert json.loads((tmp_path / "map.json").read_text())["target"] == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--method", "GradCm", "--index", "0"], "Did you mean `GradCam`"),
        (["--method", "GradCam", "--index", "100000"], "Received: 100000"),
        (["--method", "GradCam", "--index", "0", "--target", "77"], "Received: 77"),
        (["--method", "GradCam", "--index", "0", "--target", "cat"], "no class `cat`"),
        (["--method", "GradCam", "--index", "0", "--target", "--5"], "no class `--5`"),
        (["--method", "GradCam", "--index", "0", "--target", "²"], "no class `²`"),
        (["--method", "GradCam", "--index", "0", "--out", "map.gif"], ".png, .json, .npz or .html"),
    ],
)
def test_wrong_questions_get_clear_errors(trained: dict[str, Any], words: list[str], told: str) -> None:
    result = call("explain", trained["folder"], *words)
    assert result.exit_code == 2 and told in result.output


def test_predict_reads_a_picture(trained: dict[str, Any], tmp_path: Path) -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    number = 10
    picture = Image.fromarray((digits.images[number] / 16 * 255).astype(np.uint8))
    picture.save(tmp_path / "digit.png")
    result = call("predict", trained["folder"], "--input", str(tmp_path / "digit.png"), "--json")
    assert result.exit_code == 0
    (row,) = json.loads(result.output)
    assert sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-4)
    assert row["prediction"] == max(row["probabilities"], key=row["probabilities"].get)
    table = call("predict", trained["folder"], "--input", str(tmp_path / "digit.png"))
    assert row["prediction"] in table.output and "%" in table.output


def test_predict_refuses_what_is_no_picture(trained: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("#!/bin/sh")
    for file in (tmp_path / "a.png", tmp_path / "none.png"):
        result = call("predict", trained["folder"], "--input", str(file))
        assert result.exit_code == 2 and result.output.startswith("dlviz: ")


def test_check_tells_shapes_and_exits_with_2_on_problems(tmp_path: Path) -> None:
    good = json.loads(call("check", "01-digits", "--json").output)
    assert good["ok"] and good["networks"]["model"]["parameters"] > 0
    assert good["networks"]["model"]["nodes"][-1]["shape"] == [10]
    spec = tmp_path / "bad.yaml"
    spec.write_text(
        "version: 1\ndata: {kind: Digits}\nnetworks:\n  model:\n    - {kind: Input}\n"
        "    - {name: conv1, kind: Conv2d}\n    - {name: output, kind: Linear, out_features: auto}\n"
    )
    result = call("check", str(spec), "--json")
    bad = json.loads(result.output)
    assert result.exit_code == 2 and not bad["ok"]
    assert any(problem["remedies"] for problem in bad["problems"])
    in_words = call("check", str(spec))
    assert in_words.exit_code == 2 and "networks.model" in in_words.output
    assert call("train", str(spec)).exit_code == 2


def test_check_tells_every_wrong_setting(tmp_path: Path) -> None:
    result = call("check", "01-digits", "--set", "training.epochs=0", "--set", "data.kind=Digitz", "--json")
    places = {problem["place"] for problem in json.loads(result.output)["problems"]}
    assert result.exit_code == 2 and places == {"training.epochs", "data"}


@pytest.mark.parametrize(
    "words", [["check", "nothing.yaml"], ["train", "01-digits", "--set", "x"], ["explain", "no-run"]]
)
def test_wrong_words_end_with_2(words: list[str]) -> None:
    assert call(*words).exit_code == 2


def test_parts_lists_every_family_with_bounds_and_help() -> None:
    everything = json.loads(call("parts", "--json").output)
    assert {"layers", "datasets", "tasks", "optimizers", "explainers"} <= set(everything)
    kernel = next(s for s in everything["layers"]["Conv2d"]["settings"] if s["name"] == "kernel_size")
    assert kernel["help"]
    assert "Conv2d" in call("parts", "layers").output
    assert call("parts", "layerz").exit_code == 2


def test_runs_lists_what_is_there(dlviz_home: Path) -> None:
    assert "No runs yet" in call("runs").output
    from dlviz.runs.store import Store

    run = Store(dlviz_home).create({"version": 1, "title": "A name", "data": {"kind": "Iris"}})
    assert [row["run"] for row in json.loads(call("runs", "--json").output)] == [run.id]
    assert "A name" in call("runs").output


def wait_for(run: RunFolder, *statuses: str, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while run.status() not in statuses:
        assert time.monotonic() < end, run.state()
        time.sleep(0.05)


def test_a_waiting_run_needs_no_host_to_be_stopped_and_gets_one_when_looked_at(
    dlviz_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dlviz.runs.queue import Queue
    from dlviz.runs.store import Store

    asked: list[Path] = []
    monkeypatch.setattr(Queue, "warm", lambda queue: asked.append(queue.home))
    run = Store(dlviz_home).create({"version": 1, "data": {"kind": "Digits"}})
    Queue(dlviz_home).submit(run)
    asked.clear()
    assert "queued" in call("runs").output and asked == [dlviz_home]
    assert call("stop", run.id).output.strip() == "stopped"
    assert Queue(dlviz_home).position(run) is None


def test_pause_resume_and_stop_from_a_second_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    command = [*DLVIZ, "train", "02-spiral", "--set", "training.epochs=100000", "--run-dir", str(folder), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            run = RunFolder(folder)
            end = time.monotonic() + 120
            while not (folder / "state.json").exists():
                assert time.monotonic() < end
                time.sleep(0.05)
            wait_for(run, "running")
            assert call("pause", str(folder)).output.strip() == "paused"
            step = run.state()["step"]
            assert call("pause", str(folder)).exit_code == 2
            time.sleep(0.3)
            assert run.state()["step"] == step
            assert call("resume", str(folder)).output.strip() == "running"
            assert call("stop", str(folder)).output.strip() == "stopped"
            assert process.wait(240) == 0
            assert process.stdout is not None
            assert json.loads(process.stdout.read().splitlines()[-1])["status"] == "stopped"
        finally:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                RunFolder(folder).command("stop")


def test_a_worker_that_cannot_begin_is_told_and_nobody_waits(dlviz_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    monkeypatch.setattr("dlviz.runs.spawn.start", lambda *given: ended.pid)
    done = call("train", "01-digits")
    assert done.exit_code == 2 and "ended before it began" in done.output, done.output
    (run,) = Store(dlviz_home).runs()
    assert run.status() == "stopped", "the host must not take it for one that lost its way"


def test_a_failed_run_ends_with_1_and_a_sentence(tmp_path: Path) -> None:
    words = ["--set", "optimization.optimizer.kind=SGD", "--set", "optimization.optimizer.lr=100.0"]
    more = ["--set", "data.kind=Diabetes", "--set", "training.epochs=50"]
    command = [*DLVIZ, "train", "06-diabetes", *words, *more, "--run-dir", str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1
    assert "learning rate" in done.stderr and "Traceback" not in done.stderr


def test_train_tells_of_a_column_that_gives_the_target_away(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    rows = [(round(a, 3), round(b, 3)) for a, b in chance.normal(size=(120, 2))]
    lines = [f"{a},{b},{2 * a + 1:.3f}" for a, b in rows]
    (tmp_path / "t.csv").write_text("\n".join(["seen,noise,price", *lines]))
    spec = tmp_path / "spec.json"
    data = {"kind": "Table", "path": "t.csv", "target": "price"}
    spec.write_text(json.dumps({"version": 1, "data": data, "training": {"epochs": 1}}))
    told = call("train", str(spec), "--run-dir", str(tmp_path / "a"), "--json")
    (warning,) = json.loads(told.output.splitlines()[-1])["warnings"]
    assert "`seen`" in warning and "target away" in warning
    assert f"Note on the data: {warning}" in call("train", str(spec), "--run-dir", str(tmp_path / "b")).output
