"""Looking changes nothing: the same weights with probes and without, to the last bit; and every run has its moments."""

from __future__ import annotations

import errno
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from dlviz.core.frames import Frame
from dlviz.probes.neurons import Neurons
from dlviz.probes.scene import Scene
from dlviz.training import looking, moments, recorder, worker
from dlviz.training.budget import Budget
from dlviz.training.checkpoint import Checkpoints
from dlviz.training.folder import RunFolder
from dlviz.training.loop import Loop
from dlviz.training.moments import Moments
from dlviz.training.signals import FILE, read_signals
from tests.training.toys import DEMANDING, curve, make_run, spiral

RUNS: dict[str, dict[str, Any]] = {
    "dropout, batch norm, momentum, noise": DEMANDING,
    "gan": {"data": {"kind": "Digits"}, "task": {"kind": "Gan"}, "training": {"epochs": 2}},
    "vae": {
        "data": {"kind": "Toy2d", "pattern": "circles", "size": 200},
        "task": {"kind": "Reconstruction", "variant": "variational"},
        "training": {"epochs": 4},
    },
    "text": {"data": {"kind": "ToyText"}, "training": {"epochs": 3}},
}


def short(name: str) -> dict[str, Any]:
    document = {"version": 1, "seed": 2, **deepcopy(RUNS[name])}
    document["training"] = {**document["training"], "device": "cpu", "precision": "float32"}
    document["training"]["epochs"] = min(3, document["training"]["epochs"])
    return document


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look after nearly every step, whatever it costs."""
    monkeypatch.setattr(looking, "EVERY", 0.0)
    monkeypatch.setattr(looking, "Budget", lambda: Budget(share=1e6, advance=1e6))
    monkeypatch.setattr(recorder, "GLANCE_EVERY", 0.0)
    monkeypatch.setattr(recorder, "LOOK_EVERY", 0.02)


def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at all."""
    for name in ("begin", "last", "epoch_ended"):
        monkeypatch.setattr(looking.Looking, name, lambda *_, **__: None)
    monkeypatch.setattr(looking.Looking, "look", lambda self, loop, otherwise: otherwise)


def trained(folder: Path, document: dict[str, Any]) -> tuple[RunFolder, dict[str, Tensor]]:
    """The run, and all that decides how it would go on: weights, the optimizers' figures, the state of chance."""
    run = make_run(folder, document)
    assert worker.main(run.path) == "finished", run.state().get("error")
    found = Checkpoints(run.checkpoints).latest()
    assert found is not None
    return run, found[1].tensors


@pytest.mark.parametrize("name", list(RUNS))
def test_a_run_goes_the_same_way_whether_somebody_looks_or_not(
    tmp_path: Path, always: None, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    seen, with_probes = trained(tmp_path / "seen", short(name))
    assert len(Moments(seen.path / "moments").steps()) > 5
    blind(monkeypatch)
    unseen, without = trained(tmp_path / "unseen", short(name))
    assert not Moments(unseen.path / "moments").steps()
    assert with_probes.keys() == without.keys()
    for tensor in without:
        assert torch.equal(with_probes[tensor], without[tensor]), tensor
    assert curve(seen) == curve(unseen)


def test_a_run_of_a_moment_has_a_first_and_a_last_one(tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", spiral(epochs=2))
    kept = Moments(run.path / "moments")
    steps = run.state()["step"]
    assert (kept.steps()[0], kept.steps()[-1], kept.latest()) == (0, steps, steps)
    last = kept.read(steps)
    assert last is not None and {"neurons", "weights"} <= set(last.names)
    assert set(last.skipped) >= {"filters", "states"} and all(text.endswith(".") for text in last.skipped.values())
    frame = kept.frame(steps, "neurons")
    assert frame is not None and frame.step == steps and frame.epoch == 2
    assert (run.path / "moments" / "examples.bin").is_file()
    first = kept.frame(0, "weights")
    assert first is not None and first.epoch == 0


def test_what_takes_too_long_for_a_short_run_is_drawn_when_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "run", spiral(epochs=3))
    look, told = Neurons.look, []

    def late(self: Neurons, scene: Scene) -> Frame | None:
        told.append((run.state()["status"], scene.step))
        return look(self, scene)

    monkeypatch.setattr(Neurons, "guess", 1e6)
    monkeypatch.setattr(Neurons, "look", late)
    assert worker.main(run.path) == "finished"
    kept = Moments(run.path / "moments")
    last = kept.latest()
    assert last is not None and told == [("finished", last)]
    moment, first = kept.read(last), kept.read(kept.steps()[0])
    assert moment is not None and first is not None
    assert "neurons" not in first.names and set(moment.names) > {"neurons", "embedding"}
    assert "neurons" not in moment.skipped and kept.frame(last, "neurons") is not None


def test_steps_are_compared_over_one_step_and_views_are_kept(tmp_path: Path, always: None) -> None:
    run, _ = trained(tmp_path / "run", spiral(epochs=6, precision="float32"))
    signals = read_signals(run.path / FILE)
    steps = signals["update.model.hidden"]
    assert (steps[steps == steps] > 0).sum() >= 3
    kept = Moments(run.path / "moments")
    views = [moment for moment in kept.all() if moment.views]
    assert views and "surface" in views[0].views and (kept.views(views[0].step) / "surface.npz").is_file()
    assert (run.views / "surface.json").is_file() and not list(run.views.glob(".*"))


def test_a_probe_that_fails_ends_no_run(tmp_path: Path, always: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def broken(self: Neurons, scene: Scene) -> Frame | None:
        asked.append(scene.step)
        raise RuntimeError("no such thing")

    monkeypatch.setattr(Neurons, "look", broken)
    run, _ = trained(tmp_path / "run", spiral())
    last = Moments(run.path / "moments").all()[-1]
    assert asked == [0] and "neurons" not in last.names and "weights" in last.names
    assert last.skipped["neurons"] == "It could not be drawn: RuntimeError: no such thing"


def test_a_full_disk_makes_a_run_wait_and_not_lose_its_moment(
    tmp_path: Path, always: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, full = moments.Moments.write, [True, True]

    def write(self: Moments, *arguments: Any) -> Any:
        if full:
            full.pop()
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, *arguments)

    monkeypatch.setattr(moments.Moments, "write", write)
    monkeypatch.setattr(recorder.time, "sleep", lambda seconds: None)
    run, _ = trained(tmp_path / "run", spiral(epochs=2))
    assert not full and Moments(run.path / "moments").steps()[0] == 0


def test_a_resumed_run_goes_on_with_its_moments(tmp_path: Path, always: None, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run", spiral(epochs=4, checkpoint_every=1))
    real = Loop._end_epoch

    def killed(self: Loop, measured: bool) -> None:
        real(self, measured)
        if self.epoch == 3:
            raise SystemExit

    monkeypatch.setattr(Loop, "_end_epoch", killed)
    with pytest.raises(SystemExit):
        worker.main(run.path)
    monkeypatch.undo()
    kept = Moments(run.path / "moments")
    before, found = kept.steps(), Checkpoints(run.checkpoints).latest()
    assert found is not None
    assert worker.main(run.path, resume=True) == "finished"
    steps = kept.steps()
    assert [step for step in steps if step < found[0]] == [step for step in before if step < found[0]]
    assert steps[-1] == run.state()["step"]
