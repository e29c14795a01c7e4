"""The worker: what goes wrong ends in a sentence that helps; what goes right leaves all that pages need."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlviz.core.files import read_json
from dlviz.core.values import Value
from dlviz.training import gallery, machine, worker
from dlviz.training.events import EventLog, read_events
from dlviz.training.folder import RunFolder
from dlviz.training.recorder import Recorder, Stopped
from dlviz.training.restore import restore
from tests.training.toys import DEMANDING, curve, make_run, spiral


def diverging(lr: float, kind: str = "SGD") -> dict[str, Any]:
    document = spiral(epochs=50)
    document["data"] = {"kind": "Toy2d", "pattern": "plane", "size": 200}
    document["networks"]["model"][2] = {"kind": "ReLU"}
    document["optimization"]["optimizer"] = {"kind": kind, "lr": lr}
    return document


def test_a_run_that_diverges_fails_with_the_layer_where_it_began(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", diverging(100.0))
    assert worker.main(run.path) == "failed"
    error = run.state()["error"]
    assert "`out`" in error or "`hidden`" in error, error
    assert "learning rate" in error and "it is 100" in error
    assert "Traceback" not in error
    end = read_events(run.events_file)[-1]
    assert end["type"] == "end" and end["status"] == "failed"
    for line in run.events_file.read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)  # neither NaN nor Infinity, which JSON does not have
    for file in run.checkpoints.glob("*.safetensors"):
        from safetensors.torch import load_file

        assert all(torch.isfinite(tensor.float()).all() for tensor in load_file(file).values()), file


def test_the_layer_named_is_the_one_that_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dlviz.layers.linear import Linear

    class Breaks(torch.nn.Linear):
        calls = 0

        def forward(self, input: torch.Tensor) -> torch.Tensor:
            output = super().forward(input)
            return output * (output.new_tensor(float("inf")) if self.weight.abs().max() > 1.2 else 1.0)

    def build(self: Linear, *shapes: tuple[int, ...]) -> torch.nn.Module:
        features = self.out_features
        assert isinstance(features, int)
        return Breaks(2, features) if features == 8 else torch.nn.Linear(shapes[0][-1], features)

    monkeypatch.setattr(Linear, "build", build)
    run = make_run(tmp_path / "run", spiral(epochs=300))
    assert worker.main(run.path) == "failed"
    assert "the output of layer `hidden`" in run.state()["error"]


def test_data_that_are_no_numbers_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dlviz.datasets.toy2d import Toy2d

    load = Toy2d.load

    def spoilt(self: Toy2d, *args: Any, **more: Any) -> Any:
        data = load(self, *args, **more)
        data.train.columns["point"][17, 1] = float("nan")
        return data

    monkeypatch.setattr(Toy2d, "load", spoilt)
    run = make_run(tmp_path / "run", spiral())
    assert worker.main(run.path) == "failed"
    assert "the data itself (`point`)" in run.state()["error"]


def test_a_step_that_would_not_fit_is_refused_with_the_figures(tmp_path: Path) -> None:
    document = copy.deepcopy(DEMANDING)
    document["networks"]["model"][2]["out_features"] = 65536
    document["networks"]["model"].insert(3, {"kind": "Linear", "out_features": 65536, "name": "huge"})
    document["networks"]["model"].insert(4, {"kind": "Linear", "out_features": 65536, "name": "huger"})
    run = make_run(tmp_path / "run", document)
    assert worker.main(run.path) == "failed"
    assert "GiB" in run.state()["error"] and "memory" in run.state()["error"]
    assert not run.events_file.exists()


@pytest.mark.parametrize("spec", [{"version": 1}, {"version": 1, "data": {"kind": "Nothing"}}, {}])
def test_a_wrong_spec_fails_with_its_problems(tmp_path: Path, spec: dict[str, Any]) -> None:
    run = make_run(tmp_path / "run", spec)
    assert worker.main(run.path) == "failed"
    assert "data" in run.state()["error"] and "Traceback" not in run.state()["error"]


def test_a_network_without_weights_is_refused(tmp_path: Path) -> None:
    document = spiral(epochs=1)
    document["networks"]["model"] = [{"kind": "Input"}, {"kind": "Softmax"}]
    run = make_run(tmp_path / "run", document)
    assert worker.main(run.path) == "failed"
    assert "no layer has weights" in run.state()["error"]


def test_an_unexpected_error_becomes_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlviz.training.loop.Loop.train", lambda self: 1 / 0)
    run = make_run(tmp_path / "run", spiral())
    assert worker.main(run.path) == "failed"
    error = run.state()["error"]
    assert "ZeroDivisionError" in error and "\n" not in error


def test_a_finished_run_holds_what_pages_need(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {**DEMANDING, "training": {"epochs": 8, "batch_size": 32, "device": "cpu"}})
    assert worker.main(run.path) == "finished"
    state = run.state()
    assert state["result"]["name"] == "accuracy"
    assert state["result"]["low"] <= state["result"]["value"] <= state["result"]["high"]
    assert set(state["metrics"]) == {"train", "validation", "test"}
    assert run.spec_document()["task"]["kind"] == "Classification", "the spec is completed"
    for part in ("validation", "test"):
        entries = read_json(run.path / "gallery" / f"{part}.json")
        inputs = Value.load(run.path / "gallery" / f"{part}_inputs")
        assert len(entries) == len(inputs.data) <= 300
        wrong = [entry["prediction"] != entry["target"] for entry in entries]
        assert wrong == sorted(wrong, reverse=True), "wrong ones first"
        sizes = read_json(run.path / "data.json")["sizes"]
        assert len({entry["index"] for entry in entries}) == len(entries)
        assert all(0 <= entry["index"] < sizes[part] for entry in entries)
    assert sum(wrong) == round(
        (1 - state["metrics"]["test"]["accuracy"]) * read_json(run.path / "data.json")["sizes"]["test"]
    )  # noqa: E501
    assert (run.views / "confusion.json").exists() and (run.views / "test" / "confusion.json").exists()


def test_the_gallery_says_what_the_restored_network_says(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {**DEMANDING, "training": {"epochs": 3, "batch_size": 32, "device": "cpu"}})
    worker.main(run.path)
    restored = restore(run)
    data = restored.spec.data.load(restored.spec.seed)
    entries = read_json(run.path / "gallery" / "test.json")
    batch = data.test.batch(torch.tensor([entry["index"] for entry in entries]))
    with torch.no_grad():
        predicted = restored.task.predict(restored.networks, batch, restored.fields)["label"].data
    assert predicted.argmax(1).tolist() == [entry["prediction"] for entry in entries]
    assert np.allclose(predicted.max(1), [entry["probability"] for entry in entries], atol=1e-5)
    for entry, row in zip(entries, predicted, strict=True):
        labels, shares = zip(*entry["probabilities"], strict=True)
        assert np.allclose(row[list(labels)], shares, atol=1e-5) and sum(shares) > 0.99
        assert labels[0] == entry["prediction"] and list(shares) == sorted(shares, reverse=True)
    shown = data.shown("test", [entry["index"] for entry in entries])["image"].data
    assert np.array_equal(Value.load(run.path / "gallery" / "test_inputs").data, shown)


def test_of_many_classes_the_likeliest_are_told_and_the_true_one() -> None:
    probabilities = np.linspace(1, 0.1, 30)
    told = gallery._likeliest(probabilities / probabilities.sum(), 20)
    assert [label for label, _ in told] == [*range(9), 20]


def test_the_gallery_of_numbers_begins_with_the_largest_error(tmp_path: Path) -> None:
    document = {"version": 1, "data": {"kind": "Diabetes"}, "training": {"epochs": 3, "device": "cpu"}}
    run = make_run(tmp_path / "run", document)
    assert worker.main(run.path) == "finished", run.state()
    errors = [abs(entry["error"]) for entry in read_json(run.path / "gallery" / "test.json")]
    assert errors == sorted(errors, reverse=True) and errors[0] > 0


def test_a_gan_goes_through_the_same_loop(tmp_path: Path) -> None:
    document = {"version": 1, "data": {"kind": "Toy2d", "pattern": "ring", "size": 300}, "task": {"kind": "Gan"},
                "training": {"epochs": 2, "batch_size": 50, "device": "cpu"}}  # fmt: skip
    runs = [make_run(tmp_path / name, document) for name in ("one", "two")]
    for run in runs:
        assert worker.main(run.path) == "finished", run.state()
    records = curve(runs[0])
    assert records == curve(runs[1])
    assert {"loss.generator", "loss.discriminator"} <= set(records[0])
    assert set(restore(runs[0]).networks) == {"generator", "discriminator"}


def test_chance_used_while_drawing_does_not_change_the_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dlviz.training.recorder import Recorder

    quiet, loud = make_run(tmp_path / "quiet", DEMANDING), make_run(tmp_path / "loud", DEMANDING)
    views = Recorder.views
    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "views", lambda *args: None)
        worker.main(quiet.path)
    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "_due", lambda *args, **more: True)  # everything, after every epoch

        def drawing(self: Recorder, loop: Any, part: str, outputs: Any) -> None:
            views(self, loop, part, outputs)
            with loop.own_chance("x"):
                torch.rand(3)

        patch.setattr(Recorder, "views", drawing)
        worker.main(loud.path)
    assert curve(quiet) == curve(loud)


def test_half_a_line_is_closed_and_passed_over(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    log.add("train", 1, loss=1.0)
    log.flush()
    with log.path.open("ab") as file:
        file.write(b'{"type": "train", "ste')  # killed in the middle of a write
    log = EventLog(log.path)
    log.add("resume", 1)
    log.add("train", 2, loss=0.5)
    log.flush()
    assert [record["step"] for record in read_events(log.path)] == [1, 1, 2]


def test_what_a_resume_overtakes_no_longer_counts(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    for step in (1, 2, 3):
        log.add("train", step, loss=step)
    log.add("end", 2, status="stopped")
    log.add("resume", 2)
    log.add("train", 3, loss=30)
    log.flush()
    assert [(r["type"], r["step"]) for r in read_events(log.path)] == [
        ("train", 1), ("train", 2), ("resume", 2), ("train", 3),
    ]  # fmt: skip


def test_a_failed_flush_loses_and_doubles_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    log = EventLog(tmp_path / "events.jsonl")
    log.add("train", 1, loss=0.5)
    log.flush()
    size = log.path.stat().st_size
    for step in range(2, 50):
        log.add("train", step, loss=0.5)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, before[1]))  # three lines and a half fit
    try:
        with pytest.raises(OSError):
            log.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert log.path.stat().st_size == size
    log.flush()
    assert [record["step"] for record in read_events(log.path)] == list(range(1, 50))


def test_threads_depend_on_the_spec_and_the_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "")
    assert machine.threads(1000) == 1
    assert machine.threads(1e12) == machine.cores() >= 1
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert machine.threads(1e12) == 1


def test_a_missing_gpu_is_told(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    run = make_run(tmp_path / "run", spiral(device="cuda"))
    assert worker.main(run.path) == "failed"
    assert "GPU" in run.state()["error"]


def test_restore_without_a_checkpoint_says_so(tmp_path: Path) -> None:
    from dlviz.core.problems import WrongInput

    with pytest.raises(WrongInput, match="no checkpoint"):
        restore(make_run(tmp_path / "run", spiral()))


def test_a_run_folder_reads_an_absent_worker_as_interrupted(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.write_state({"status": "running", "pid": 2**22 + 1, "pid_started": 1.0})
    assert run.status() == "interrupted"


def test_a_stop_right_after_a_pause_is_not_lost(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {"version": 1, "data": {"kind": "Iris"}})
    recorder = Recorder(run, {"status": "running"})
    run.command("pause")
    run.command("stop")
    with pytest.raises(Stopped):
        recorder._obey(None)  # type: ignore[arg-type]
    assert run.commands() == []


def test_a_resume_right_after_a_pause_undoes_it(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {"version": 1, "data": {"kind": "Iris"}})
    recorder = Recorder(run, {"status": "running"})
    run.command("pause")
    run.command("resume")
    recorder._obey(None)  # type: ignore[arg-type]
    assert recorder.state["status"] == "running" and run.commands() == []
