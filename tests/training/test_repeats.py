"""Several runs of one experiment: mean, deviation and band, with known numbers."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from dlviz.core.problems import WrongInput
from dlviz.runs.store import Store
from dlviz.training import worker
from dlviz.training.repeats import band, curve, summary
from tests.training.toys import spiral


def test_a_band_of_known_curves() -> None:
    found = band([([1, 2, 3], [1.0, 2.0, 3.0]), ([1, 3], [3.0, 5.0])])
    assert found.steps.tolist() == [1, 2, 3] and found.runs.tolist() == [2, 2, 2]
    assert found.mean.tolist() == [2.0, 3.0, 4.0], "between two records a curve is a line"
    assert found.deviation == pytest.approx([math.sqrt(2)] * 3)
    assert found.low.tolist() == [1.0, 2.0, 3.0] and found.high.tolist() == [3.0, 4.0, 5.0]


def test_where_fewer_runs_are_fewer_count() -> None:
    found = band([([1, 2, 3], [1.0, float("nan"), 3.0]), ([3, 4], [5.0, 6.0]), ([], [])])
    assert found.runs.tolist() == [1, 2, 1] and found.steps.tolist() == [1, 3, 4]
    assert np.isnan(found.deviation[[0, 2]]).all() and found.deviation[1] == pytest.approx(math.sqrt(2))
    assert len(band([]).steps) == 0 and len(band([([1], [float("inf")])]).steps) == 0


def test_runs_of_a_group_differ_by_their_seed_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    runs = store.repeat(spiral(epochs=3), range(4, 7))
    states = [run.state() for run in runs]
    assert len({state["group"] for state in states}) == 1 and len({run.id for run in runs}) == 3
    assert [run.spec_document()["seed"] for run in runs] == [4, 5, 6]
    for run in runs:
        assert worker.main(run.path) == "finished" and run.state()["group"] == states[0]["group"]
    mean, deviation, many = summary(runs, "validation")["loss"]
    losses = [run.state()["metrics"]["validation"]["loss"] for run in runs]
    assert many == 3 and mean == pytest.approx(np.mean(losses)) and deviation == pytest.approx(np.std(losses, ddof=1))
    assert deviation > 0
    found = band([curve(run, "validation.loss") for run in runs])
    assert found.steps.tolist() == [14, 28, 42] and found.mean[-1] == pytest.approx(mean)
    assert len(curve(runs[0], "loss")[0]) == 42


@pytest.mark.parametrize("seeds", [[], [1, 1]])
def test_seeds_must_differ(tmp_path: Path, seeds: list[int]) -> None:
    with pytest.raises(WrongInput, match="different seeds"):
        Store(tmp_path).repeat(spiral(), seeds)
