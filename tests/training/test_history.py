"""The history of checkpoints: evenly over the past, within a budget; and the last good moment of a run that breaks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from dlviz.runs.store import Store
from dlviz.training import worker
from dlviz.training.checkpoint import MOST, Checkpoints, Snapshot, thinned
from dlviz.training.recorder import Recorder
from tests.training.toys import spiral


def snapshot(step: int, numbers: int = 100) -> Snapshot:
    return Snapshot({"networks/model/w": torch.full((numbers,), float(step))}, {"step": step, "best_step": None})


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


@pytest.mark.parametrize("every", [1, 7])
def test_what_is_kept_fits_the_budget_and_lies_evenly(tmp_path: Path, every: int) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(every, snapshot(every))
    one, count = size(tmp_path), 300
    for number in range(2, count + 1):
        checkpoints.save(number * every, snapshot(number * every), budget=20 * one)
    steps = sorted(checkpoints.steps())
    assert 12 <= len(steps) <= 20 and size(tmp_path) <= 21 * one
    assert steps[0] == every and steps[-2:] == [(count - 1) * every, count * every]
    gaps = [after - before for before, after in zip(steps, steps[1:], strict=False)]
    assert max(gaps) <= 3 * count * every / len(steps), "no stretch of the past is far from one"
    for step in steps:
        found = checkpoints.read(str(step))
        assert found is not None and found.tensors["networks/model/w"][0] == step


def test_without_a_budget_the_newest_two_stay(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for step in (1, 2, 3, 4):
        checkpoints.save(step, snapshot(step))
    assert checkpoints.steps() == [4, 3]
    checkpoints.save(4, snapshot(4))
    assert checkpoints.steps() == [4, 3], "the same step again is not the one before"


def test_so_many_at_most_and_never_fewer_than_three() -> None:
    sizes = dict.fromkeys(range(1, 1000), 10)
    assert len(thinned(sizes, 999, 10**9)) == MOST
    assert thinned(sizes, 999, 1) == [1, 998, 999]
    assert thinned({5: 10}, 5, 1) == [5] and thinned({5: 10, 6: 10}, 6, 1) == [5, 6]
    assert thinned({5: 10, 6: 10, 9: 10}, 6, 100) == [5, 6], "what is beyond the newest was overtaken by a resume"


def test_the_nearest_is_the_last_whole_one_before(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.nearest(10) is None
    for step in (10, 20, 30):
        checkpoints.save(step, snapshot(step), budget=1 << 20)
    assert [found[0] for step in (10, 29, 30, 99) if (found := checkpoints.nearest(step))] == [10, 20, 30, 30]
    assert checkpoints.nearest(9) is None
    (tmp_path / "20.safetensors").write_bytes(b"torn")
    found = checkpoints.nearest(25)
    assert found is not None and found[0] == 10


def test_a_run_keeps_its_past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recorder, "_due", lambda self, what, **rest: what == "checkpoint")
    store = Store(tmp_path)
    run = store.create(spiral(epochs=12))
    none = store.create(spiral(epochs=12, history=0))
    assert worker.main(run.path) == worker.main(none.path) == "finished"
    assert Checkpoints(run.checkpoints).steps() == [14 * epoch for epoch in range(12, 0, -1)]
    assert Checkpoints(none.checkpoints).steps() == [14 * 12, 14 * 11]


@pytest.mark.parametrize("closely", [False, True])
def test_a_run_that_breaks_down_keeps_the_last_good_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closely: bool
) -> None:
    if closely:  # after the first step the weights are finite still, but lost already
        monkeypatch.setattr(Recorder, "_longest", lambda self, loop: 1)
        monkeypatch.setattr(Recorder, "_due", lambda self, what, **rest: what == "snapshot")
        monkeypatch.setattr("dlviz.training.recorder.LOOK_EVERY", 0.0)
    store = Store(tmp_path)
    document = spiral(epochs=50, precision="float32")
    document["data"] = {"kind": "Toy2d", "pattern": "plane", "size": 200}
    document["networks"]["model"][2] = {"kind": "ReLU"}
    document["optimization"]["optimizer"] = {"kind": "SGD", "lr": 100.0}
    run = store.create(document)
    assert worker.main(run.path) == "failed"
    state = run.state()
    assert state["bad_node"] in ("model.hidden", "model.out"), state
    good = Checkpoints(run.checkpoints).read(str(state["good_step"]))
    assert good is not None and state["good_step"] < state["step"]
    assert all(torch.isfinite(tensor.float()).all() for tensor in good.tensors.values())
    monkeypatch.undo()
    child = store.fork(run, state["good_step"], {"optimization.optimizer.lr": 0.01})
    assert worker.main(child.path) == "finished", child.state()
    assert child.state()["metrics"]["train"]["loss"] < 0.2
