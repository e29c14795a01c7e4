"""The learning-rate finder: what it suggests trains well; where nothing falls, it says so."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlviz.core.files import read_json, write_json
from dlviz.core.problems import WrongInput
from dlviz.training import lr_finder, worker
from dlviz.training.lr_finder import HIGHEST, LOWEST, suggest
from tests.training.toys import make_run, spiral

RATES = [LOWEST * (HIGHEST / LOWEST) ** (number / 99) for number in range(100)]


def found(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    write_json(folder / "request.json", request)
    assert lr_finder.main(folder) == 0, read_json(folder / "state.json")
    answer = read_json(folder / "answer.json")
    assert read_json(folder / "state.json")["status"] == "done"
    assert len(answer["lr"]) == len(answer["loss"]) == len(answer["raw"])
    assert all(math.isfinite(value) for value in answer["raw"])
    return dict(answer)


def test_the_steepest_fall_of_a_known_curve() -> None:
    falls = [2.0 - 1.8 / (1 + math.exp(-3 * (math.log(rate) - math.log(0.01)))) for rate in RATES]
    loss = [value + (rate**2 if rate > 1 else 0.0) for value, rate in zip(falls, RATES, strict=True)]
    rate, why = suggest(RATES, loss, loss)
    assert rate == pytest.approx(0.01, rel=0.25) and f"{rate:g}" in why and "rose again" in why


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_without_a_fall_none_is_suggested(slope: float) -> None:
    random = np.random.default_rng(0)
    raw = list(2 + slope * np.linspace(0, 1, 100) + 0.2 * random.normal(size=100))
    rate, why = suggest(RATES, lr_finder.smoothed(raw), raw)
    assert rate is None and "no rate" in why


def test_smoothing_has_no_bias_at_the_beginning() -> None:
    assert lr_finder.smoothed([3.0] * 5) == pytest.approx([3.0] * 5)


@pytest.mark.parametrize(("kind", "low", "high"), [("SGD", 0.01, 5.0), ("Adam", 0.001, 1.0)])
def test_what_is_suggested_trains_well(tmp_path: Path, kind: str, low: float, high: float) -> None:
    document = spiral(epochs=20)
    document["data"]["size"] = 500
    document["optimization"] = {"optimizer": {"kind": kind}, "schedule": {"kind": "OneCycleLR"}}
    answer = found(tmp_path / "find", {"spec": document})
    assert answer["suggestion"] is not None and low <= answer["suggestion"] <= high, answer["why"]
    document["optimization"]["optimizer"]["lr"] = answer["suggestion"]
    run = make_run(tmp_path / "run", document)
    assert worker.main(run.path) == "finished"
    assert run.state()["metrics"]["validation"]["accuracy"] > 0.9


def test_digits_and_the_draft_alone(tmp_path: Path) -> None:
    answer = found(tmp_path, {"spec": {"version": 1, "data": {"kind": "Digits"}}})
    assert answer["suggestion"] is not None and 1e-4 < answer["suggestion"] < 1, answer["why"]
    assert answer["lr"][0] == pytest.approx(LOWEST) and len(answer["lr"]) > 40


def test_a_run_is_searched_from_where_it_stands_and_left_alone(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", spiral(epochs=60))
    assert worker.main(run.path) == "finished"
    before = sorted((file.name, file.stat().st_mtime_ns) for file in run.path.rglob("*"))
    fresh = found(tmp_path / "a", {"spec": run.spec_document()})
    later = found(tmp_path / "b", {"run": str(run.path)})
    assert later["raw"][0] < fresh["raw"][0] / 2, "it begins with what the run has learned"
    assert sorted((file.name, file.stat().st_mtime_ns) for file in run.path.rglob("*")) == before


def test_networks_against_each_other_are_refused(tmp_path: Path) -> None:
    document = {"version": 1, "data": {"kind": "Toy2d", "pattern": "ring"}, "task": {"kind": "Gan"}}
    write_json(tmp_path / "request.json", {"spec": document})
    assert lr_finder.main(tmp_path) == 1
    state = read_json(tmp_path / "state.json")
    assert state["status"] == "failed" and "against each other" in state["error"]


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    write_json(tmp_path / "request.json", {"spec": {"version": 1, "data": {"kind": "Nothing"}}})
    assert lr_finder.main(tmp_path) == 1
    assert "Nothing" in read_json(tmp_path / "state.json")["error"]
    with pytest.raises(WrongInput, match="no checkpoint"):
        lr_finder.ready({"run": str(make_run(tmp_path / "run", spiral()).path)})
