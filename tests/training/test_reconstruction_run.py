"""A reconstruction as a whole run: chance goes on where it was, a checkpoint alone makes examples again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from dlviz.core.values import Value
from dlviz.training import worker
from dlviz.training.restore import restore
from tests.training.test_resume import stop_at
from tests.training.toys import curve, make_run


def document(**task: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "data": {"kind": "Toy2d", "pattern": "ring", "size": 200},
        "task": {"kind": "Reconstruction", **task},
        "training": {"epochs": 3, "batch_size": 10, "device": "cpu"},
        "seed": 5,
    }


@pytest.mark.parametrize(
    "task",
    [
        {"variant": "denoising", "noise": "salt and pepper", "noise_amount": 0.3},
        {"variant": "variational", "loss": "bce"},
    ],
    ids=["denoising", "variational"],
)
def test_it_goes_on_as_it_was_and_is_drawn(
    task: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = make_run(tmp_path / "whole", document(**task)), make_run(tmp_path / "cut", document(**task))
    assert worker.main(whole.path) == "finished", whole.state()
    with monkeypatch.context() as patch:
        stop_at(patch, 20, KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            worker.main(cut.path)
    torch.manual_seed(99)
    assert worker.main(cut.path, resume=True) == "finished", cut.state()
    assert curve(cut) == curve(whole)
    state = whole.state()
    assert state["result"]["name"] == "r2" and state["result"]["baseline"] == 0
    for folder in (whole.views, whole.views / "test"):
        assert Value.load(folder / "reconstructed").title
    assert not (whole.path / "gallery" / "test.json").exists()  # nothing to explain


def test_a_checkpoint_alone_makes_examples_again(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", document())
    assert worker.main(run.path) == "finished", run.state()
    restored = restore(run)
    points = restored.spec.data.load(restored.spec.seed).test.columns["point"]
    with torch.no_grad():
        made = restored.task.predict(restored.networks, {"point": points}, restored.fields)["point"]
    error = float(((made.data - points.numpy()) ** 2).mean())
    assert error == pytest.approx(run.state()["metrics"]["test"]["mse"], rel=1e-5)
