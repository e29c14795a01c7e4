"""The job: from a question on disk to an answer on disk, whatever happens in between."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from dlviz.asking import answer as answers
from dlviz.asking import job, watch
from dlviz.asking.load import load
from dlviz.asking.picture import strengths, tinted, write_png
from dlviz.core.files import write_json
from dlviz.core.values import Attribution, Image, Value
from dlviz.explainers.explainer import Explainer
from dlviz.training import worker
from dlviz.training.folder import RunFolder
from dlviz.training.spec import Spec

CNN = [
    {"kind": "Input"},
    {"kind": "Conv2d", "name": "conv", "out_channels": 4, "kernel_size": 3},
    "ReLU",
    "Flatten",
    {"kind": "Linear", "out_features": "auto"},
]


def trained(folder: Path, name: str, document: dict[str, Any]) -> RunFolder:
    run = RunFolder(folder / name)
    write_json(run.spec_file, Spec.parse(document).completed().document())
    write_json(run.path / "state.json", {"status": "queued"})
    worker.main(str(run.path), False)
    assert run.status() == "finished", run.state()
    return run


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    document = {
        "version": 1,
        "data": {"kind": "Digits"},
        "networks": {"model": CNN},
        "training": {"epochs": 2, "batch_size": 64},
    }
    return trained(tmp_path_factory.mktemp("runs"), "digits", document)


@pytest.fixture(scope="session")
def diabetes(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    document = {"version": 1, "data": {"kind": "Diabetes"}, "training": {"epochs": 2, "batch_size": 64}}
    return trained(tmp_path_factory.mktemp("runs"), "diabetes", document)


def asked(run: RunFolder, name: str, **question: Any) -> Path:
    folder = run.explanations / name
    request = {"run": run.id, "part": "test", "index": 7, "target": None, "limit_s": 60, **question}
    write_json(folder / "request.json", request)
    return folder


def state(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "state.json").read_text()))


def test_examples_are_chosen_for_a_run_that_keeps_none(digits: RunFolder, tmp_path: Path) -> None:
    """The same as at its end."""
    kept = digits.path / "gallery"
    before = {file.name: file.read_bytes() for file in kept.iterdir() if file.suffix == ".json"}
    kept.rename(tmp_path / "gallery")
    try:
        folder = digits.explanations / "gallery"
        write_json(folder / "request.json", {"run": digits.id, "gallery": True, "limit_s": 60})
        assert job.main(folder) == 0 and state(folder)["status"] == "done"
        assert json.loads((folder / "summary.json").read_text()) == {"parts": ["test", "validation"]}
        assert {file.name: file.read_bytes() for file in kept.iterdir() if file.suffix == ".json"} == before
    finally:
        shutil.rmtree(kept, ignore_errors=True)
        (tmp_path / "gallery").rename(kept)


@pytest.mark.parametrize("kind", sorted(Explainer.kinds()))
def test_a_question_about_a_picture(kind: str, digits: RunFolder) -> None:
    before = {path: path.read_bytes() for path in digits.checkpoints.iterdir()}
    folder = asked(digits, f"picture-{kind}", method={"kind": kind})
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    opened = load(digits)
    why = Explainer.kinds()[kind]().why_not(opened.task, opened.networks, opened.data.fields)
    assert job.main(str(folder)) == (0 if why is None else 1), state(folder)
    if why is not None:  # attention, where there is none
        assert state(folder)["error"] == f"{kind} cannot explain this. {why}"
        return
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == handlers
    told = state(folder)
    assert told["status"] == "done" and told["error"] is None and told["done"] == told["of"]
    found = Value.load(folder / "answer")
    assert isinstance(found.kind, Attribution) and found.data.shape == (1, 8, 8) and found.note
    shown = Value.load(folder / "answer_input")
    assert isinstance(shown.kind, Image) and shown.data.shape == (1, 1, 8, 8)
    assert shown.data.min() >= 0 and shown.data.max() <= 1
    np.testing.assert_array_equal(found.more["input"], shown.data[0])
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["method"] == kind and summary["index"] == 7 and summary["seconds"] > 0
    assert summary["target"] == summary["prediction"] == int(np.argmax(summary["probabilities"]))
    assert summary["target_name"] == summary["prediction_name"] == str(summary["prediction"])
    assert sum(summary["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert {path: path.read_bytes() for path in digits.checkpoints.iterdir()} == before


def test_a_question_about_a_row(diabetes: RunFolder) -> None:
    folder = asked(diabetes, "row", method="Shap")
    assert job.main(folder) == 0, state(folder)
    found = Value.load(folder / "answer")
    assert found.kind.names[:3] == ("age", "sex", "bmi") and found.data.shape == (10,)  # type: ignore[attr-defined]
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["value"] == summary["prediction"] == pytest.approx(summary["score"], rel=1e-5)
    assert 25 < summary["value"] < 350  # the target's own units
    # shares and the average score make up this one, in those units
    assert abs(summary["gap"]) < 1e-3 and summary["unit"] == ""


def test_a_row_with_words_is_explained_by_its_own_columns(tmp_path: Path) -> None:
    """A word takes several positions of the network's input, and one place in the explanation."""
    random = np.random.default_rng(0)
    town, size = random.choice(["Ulm", "Bonn", "Kiel"], 240), random.normal(50, 10, 240)
    price = np.where(town == "Kiel", 900, 300) + size + random.normal(0, 5, 240)
    lines = [f"{t},{s:.1f},{p:.1f}" for t, s, p in zip(town, size, price, strict=True)]
    (tmp_path / "flats.csv").write_text("town,size,price\n" + "\n".join(lines))
    data = {"kind": "Table", "path": str(tmp_path / "flats.csv"), "target": "price"}
    run = trained(tmp_path, "flats", {"version": 1, "data": data, "training": {"epochs": 60, "batch_size": 32}})
    for kind in ("IntegratedGradients", "Occlusion", "Shap", "Lime"):
        method = Explainer.parse({"kind": kind})
        assert method is not None
        found = answers.answer(run, "test", 0, None, method)
        document = found.document()
        assert document["columns"] == ["town", "size"] and len(document["values"]) == 2
        assert abs(document["values"][0]) > abs(document["values"][1])  # the town moves the price by hundreds
        assert 250 < document["score"] < 1100
        assert str(found.shown.data[0][0]) in ("Ulm", "Bonn", "Kiel")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"method": "GradCamm"}, "Did you mean `GradCam`"),
        ({"method": {"kind": "Lime", "samples": 5}}, "method.samples: must be a whole number, at least 50"),
        ({"method": "Occlusion", "index": 100_000}, "The test part has 270 examples"),
        ({"method": "Occlusion", "index": "7"}, "`index` must be a whole number. Received: '7'"),
        ({"method": "Occlusion", "target": 10}, "The target must be one of 0"),
        ({"method": "Occlusion", "part": "exam"}, "The parts of the data are"),
        ({"method": {"kind": "GradCam", "layer": "convv"}}, "Did you mean `conv`"),
        ({}, "method"),
    ],
)
def test_a_wrong_question_gets_a_sentence(question: dict[str, Any], said: str, digits: RunFolder) -> None:
    folder = asked(digits, "wrong", **question)
    assert job.main(folder) == 1
    told = state(folder)
    assert told["status"] == "failed" and said in told["error"] and "Traceback" not in told["error"]
    assert not (folder / "job.log").exists()


def test_a_defect_gets_one_sentence_and_a_log(digits: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("division by zero\nand more")

    monkeypatch.setattr(job, "explained", broken)
    folder = asked(digits, "defect", method="Occlusion")
    assert job.main(folder) == 1
    assert state(folder)["error"] == ("The method failed (ZeroDivisionError: division by zero). The log has the rest.")
    assert "Traceback" in (folder / "job.log").read_text()


def test_it_ends_when_its_time_is_up(digits: RunFolder) -> None:
    folder = asked(digits, "slow", method={"kind": "Lime", "samples": 50_000}, limit_s=0.001)
    assert job.main(folder) == 1
    assert state(folder)["status"] == "failed" and "longer than 0.001 s" in state(folder)["error"]
    assert not (folder / "summary.json").exists()


def test_progress_is_written_and_a_signal_cancels(digits: RunFolder) -> None:
    folder = asked(digits, "cancelled", method={"kind": "Shap", "evaluations": 50_000, "background": 1000})
    process = subprocess.Popen([sys.executable, "-m", "dlviz.asking.job", str(folder)])
    try:
        until = time.monotonic() + 240
        while time.monotonic() < until:
            told = state(folder) if (folder / "state.json").exists() else {}
            if told.get("done"):
                break
            time.sleep(0.05)
        assert told["status"] == "running" and 0 < told["done"] < told["of"] and told["pid"] == process.pid
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=240) == 1
    finally:
        process.kill()
        process.wait()
    assert state(folder)["status"] == "cancelled"
    assert not (folder / "answer.json").exists()


def test_what_was_found_so_far_stays_when_it_is_cancelled(digits: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = job._sketch

    def enough(*what: Any) -> None:
        keep(*what)
        raise job.Cancelled

    monkeypatch.setattr(watch, "SO_FAR", 0)
    monkeypatch.setattr(job, "_sketch", enough)
    folder = asked(digits, "half", method={"kind": "Rise", "masks": 20_000}, index=3)
    assert job.main(folder) == 1
    assert state(folder)["status"] == "cancelled" and 0 < state(folder)["done"] < state(folder)["of"] == 20_000
    drawn = Value.load(folder / "so_far")
    assert isinstance(drawn.kind, Attribution) and drawn.data.shape == (1, 8, 8) and np.abs(drawn.data).sum() > 0
    monkeypatch.setattr(job, "_sketch", keep)
    assert job.main(folder) == 0
    assert (folder / "answer.npz").exists() and not (folder / "so_far.npz").exists()


def test_a_look_at_what_was_found_so_far_takes_a_tenth_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, looks = [100.0], []
    monkeypatch.setattr(watch, "monotonic", lambda: now[0])
    seen = watch.Watch(tmp_path, 1e6)

    def look(_: Any) -> None:
        looks.append(now[0])
        now[0] += 0.2

    made: Any = object
    seen.so_far(made)
    assert not looks  # nobody wants to see it yet
    seen.shows(look)
    for _ in range(1000):
        now[0] += 0.01
        seen.so_far(made)
    assert looks[0] == pytest.approx(100.5, abs=0.02)
    assert np.diff(looks) == pytest.approx(2.0, abs=0.02)
    seen.answered()
    now[0] += 100
    seen.so_far(made)
    assert now[0] - looks[-1] > 100


def test_the_document_for_terminals(digits: RunFolder, diabetes: RunFolder) -> None:
    method = Explainer.parse({"kind": "Occlusion"})
    assert method is not None
    found = answers.answer(digits, "test", 7, 3, method).document()
    assert {"method", "index", "target", "prediction", "score", "values"} <= found.keys()
    assert np.asarray(found["values"]).shape == (1, 8, 8) and found["target"] == 3
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again == found
    row = answers.answer(diabetes, "validation", 0, None, method).document()
    assert len(row["values"]) == len(row["columns"]) == 10


def test_pictures_are_drawn(digits: RunFolder, diabetes: RunFolder, tmp_path: Path) -> None:
    method = Explainer.parse({"kind": "Occlusion"})
    assert method is not None
    for run, height in ((digits, 412), (diabetes, 360)):
        found = answers.answer(run, "test", 0, None, method)
        write_png(found, tmp_path / f"{run.id}.png")
        with Pillow.open(tmp_path / f"{run.id}.png") as drawn:
            drawn.load()
            assert drawn.format == "PNG" and drawn.height == height
            colours = {colour for _, colour in drawn.convert("RGB").getcolors(2**24) or []}
        assert {(0, 114, 178), (192, 85, 0)} <= colours  # the legend at least


def test_the_map_on_a_picture() -> None:
    values = np.array([[[0.0, 1.0]], [[0.0, 1.0]], [[-1.0, 0.0]]])  # three channels, one row of two pixels
    np.testing.assert_allclose(strengths(values), [[-0.5, 1.0]])
    np.testing.assert_array_equal(strengths(np.zeros((1, 2, 2))), np.zeros((2, 2)))
    blue, orange, grey = tinted(np.zeros((1, 1, 3)), np.array([[1.0, -1.0, 0.0]]))[0].astype(int)
    assert blue[2] > blue[0] and orange[0] > orange[2] and len(set(grey)) == 1


def test_a_study_needs_no_target_where_its_task_has_none(tmp_path: Path) -> None:
    """Attention between two texts: nothing is explained, so no prediction is asked for either."""
    run = trained(
        tmp_path, "backwards", {"version": 1, "data": {"kind": "ToyReversal", "size": 300}, "training": {"epochs": 1}}
    )
    folder = asked(run, "attention", study="AttentionMaps")
    assert job.main(str(folder)) == 0, state(folder)
    told = json.loads((folder / "finding.json").read_text())
    assert told["says"] and told["shown"] >= 1 and not (folder / "summary.json").exists()
