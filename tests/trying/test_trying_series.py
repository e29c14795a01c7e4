"""How a trained network expects a series to go on, from a moment of it or from a past that a person has changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlviz.core.files import write_json
from dlviz.core.problems import WrongInput
from dlviz.training import worker
from dlviz.training.folder import RunFolder
from dlviz.training.restore import Restored, restore
from dlviz.trying.answer import answer
from tests.trying.conftest import Trying


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Restored:
    run = RunFolder(tmp_path_factory.mktemp("series"))
    network = [
        {"name": "input", "kind": "Input"},
        {"name": "flatten", "kind": "Flatten"},
        {"name": "output", "kind": "Linear", "out_features": "auto"},
    ]
    training = {"epochs": 2, "batch_size": 32, "engine": "eager"}
    data = {"kind": "ToySeries"}
    write_json(run.spec_file, {"version": 1, "data": data, "networks": {"model": network}, "training": training})
    assert worker.main(str(run.path)) == "finished"
    return restore(run)


def test_a_moment_of_the_test_part_is_forecast_beside_what_came(trained: Restored) -> None:
    data = trained.spec.data.load(trained.spec.seed)
    found = answer(trained, {"moment": 3})["answer"]
    (past_name, *_), (target,) = data.fields.inputs, data.fields.targets
    many = len(found["names"])
    window, horizon = len(found["past"][0]), len(found["median"][0])
    assert found["kind"] == "forecast" and (found["at"], found["of"]) == (3, len(data.test)) and not found["changed"]
    assert len(found["times"]) == window + horizon and len(set(found["times"])) == window + horizon
    np.testing.assert_allclose(found["past"], data.test.columns[past_name][3, :many].numpy(), rtol=1e-5)
    np.testing.assert_allclose(found["truth"], data.test.columns[target][3].numpy(), rtol=1e-5)
    inputs = {name: data.test.columns[name][3:4] for name in data.fields.inputs}
    said = trained.task.predict(trained.networks, inputs, trained.fields)[target]
    np.testing.assert_allclose(found["median"], said.data[0], rtol=1e-4)
    assert np.all(np.array(found["low"]) <= found["median"]) and np.all(np.array(found["high"]) >= found["median"])
    season, rows = found["season"], np.array(found["past"])
    np.testing.assert_allclose(found["naive"], rows[:, window - season + np.arange(horizon) % season], rtol=1e-6)
    assert answer(trained, {"moment": 10**6})["answer"]["at"] == len(data.test) - 1


def test_a_changed_past_changes_what_is_expected_and_nothing_that_came(trained: Restored) -> None:
    as_measured = answer(trained, {"moment": 0})["answer"]
    higher = [value + 10 for value in as_measured["past"][0]]
    found = answer(trained, {"moment": 0, "values": higher})["answer"]
    assert found["changed"] and found["truth"] == as_measured["truth"]
    np.testing.assert_allclose(found["past"][0], higher, rtol=1e-5)
    # each window is seen relative to its own mean, so that a level above it is forecast ten higher
    np.testing.assert_allclose(np.array(found["median"]), np.array(as_measured["median"]) + 10, rtol=1e-3)
    assert answer(trained, {"moment": 0})["answer"] == as_measured


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"moment": 0, "values": [1.0]}, "steps. Received: 1 numbers"),
        ({"moment": 0, "values": ["1"]}, "must be numbers"),
        ({"moment": 0, "values": [True]}, "must be numbers"),
        ({"moment": 0, "values": "all"}, "must be numbers"),
        ({"moment": -1}, "`moment` must be a whole number"),
        ({"moment": True}, "`moment` must be a whole number"),
        ({"moment": 0, "series": 99}, "`series` must be below"),
    ],
)
def test_what_cannot_be_forecast_is_told(trained: Restored, request_: dict[str, Any], told: str) -> None:
    with pytest.raises(WrongInput, match=told):
        answer(trained, request_)


def test_numbers_too_large_to_compute_with_are_told(trained: Restored) -> None:
    window = len(answer(trained, {"moment": 0})["answer"]["past"][0])
    with pytest.raises(WrongInput, match="ordinary size"), np.errstate(over="ignore"):
        answer(trained, {"moment": 0, "values": [1e300] * window})


def test_the_route_takes_moments_and_pasts_and_nothing_else(trying: Trying) -> None:
    assert trying.post(moment=2, series=1, values=[1, 2.5]).json()["status"] == "queued"
    assert trying.asked[0]["values"] == [1, 2.5] and trying.asked[0]["moment"] == 2
    for body in ({"moment": "2"}, {"moment": 2, "text": "x"}, {"moment": True}, {"moment": 1, "values": {"a": 1}}):
        assert trying.post(**body).status_code == 400
    assert trying.post(moment=1, values=[0] * 10_001).status_code == 413
    assert len(trying.asked) == 1
