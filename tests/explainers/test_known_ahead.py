"""Forecasts that are told the calendar of the steps ahead: the past is explained, the calendar stays as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dlviz.asking.answer import ask, explained
from dlviz.asking.pose import pose
from dlviz.asking.trials import examined
from dlviz.datasets.data import Data
from dlviz.datasets.toy_series import ToySeries
from dlviz.explainers.explainer import Explainer
from dlviz.explainers.scored import scorer
from dlviz.network.build import build
from dlviz.studies.study import Study
from dlviz.tasks.forecasting import Forecasting

TASK = Forecasting(normalise="none")
#: The past value by which the first step ahead is foretold, and how much the first number of the calendar adds.
SEEN, WEIGHT, ADDS = -7, 2.0, 3.0


@pytest.fixture(scope="module")
def world() -> tuple[Data, nn.Module]:
    """A network set by hand: step +1 is twice what was a week before it, and three times a number of the calendar."""
    data = ToySeries(size=150, known=True).load(0)
    (role,) = TASK.roles(data.fields).values()
    network = build(TASK.starters(data.fields)["Linear"]["model"], role.inputs, role.output)
    TASK.prepare({"model": network}, data.fields, data.train)
    past = data.fields.inputs["past"].shape()
    with torch.no_grad():
        for name, weight in network.named_parameters():
            assert name.startswith("output.")
            weight.zero_()
        quantiles = network.output.weight.view(3, -1, network.output.in_features)  # type: ignore[union-attr, operator]
        for quantile in quantiles:
            quantile[0, past[1] + SEEN] = WEIGHT
            quantile[0, past[0] * past[1]] = ADDS
    return data, network.eval()


@pytest.mark.parametrize("name", ["Occlusion", "Shap", "Lime", "IntegratedGradients", "GradientShap", "Saliency"])
def test_the_step_that_decides_is_found_and_the_calendar_stays(name: str, world: tuple[Data, nn.Module]) -> None:
    data, network = world
    settings: dict[str, Any] = {"window": 1} if name == "Occlusion" else {"cell": 1} if name == "Lime" else {}
    method = Explainer.parse({"kind": name, **settings})
    assert method is not None and method.why_not(TASK, {"model": network}, data.fields) is None
    answer = ask(TASK, {"model": network}, data, "test", 3, 0, method)
    values = np.abs(answer.explanation.values)
    assert values.shape == data.fields.inputs["past"].shape()
    steps = values.shape[1]
    side = -(-steps // 32) if name == "Shap" else 1  # it hides windows, and their steps share what is found
    at = (steps + SEEN) // side * side
    assert values[0, at : at + side].sum() > 0.9 * values.sum()
    assert "about `past` alone; what is known of the steps ahead (`known`) stayed" in answer.explanation.note


def test_the_score_is_that_with_this_calendar(world: tuple[Data, nn.Module]) -> None:
    data, network = world
    put = pose(TASK, {"model": network}, data, "test", 3, 0)
    score = scorer(put.question)
    with torch.no_grad():
        whole = TASK.score(put.question.networks, data.test.batch(slice(0, 5)), 0, data.fields)
        alone = score(data.test.columns["past"][:5])
    assert float(alone[3]) == pytest.approx(float(whole[3]), abs=1e-5)
    units = network.series_units.std[0, 0]  # type: ignore[union-attr, index]
    apart = data.test.columns["known"][:5, 0, 0] - data.test.columns["known"][3, 0, 0]
    torch.testing.assert_close(whole - alone, ADDS * units * apart, atol=1e-4, rtol=1e-4)


def test_it_is_tried_and_what_would_change_both_inputs_is_refused(world: tuple[Data, nn.Module]) -> None:
    data, network = world
    method = Explainer.parse({"kind": "IntegratedGradients"})
    assert method is not None
    put = pose(TASK, {"model": network}, data, "test", 3, 0)
    found = examined(put, explained(put, method))
    figures = {one["trial"]: one["value"] for one in found["verdicts"]}
    assert figures["Faithfulness"] > 0.5 and figures["Stability"] > 0.9, figures
    study = Study.parse({"kind": "MeanAttribution"})
    assert study is not None and "2 inputs belong" in str(study.why_not(TASK, {"model": network}, data.fields))
