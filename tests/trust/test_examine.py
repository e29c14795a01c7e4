"""All trials of an explanation: what they leave alone, how long they take, what they come to."""

from __future__ import annotations

import copy
import json
import time
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from dlviz.core.part import family
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step
from dlviz.explainers.integrated_gradients import IntegratedGradients
from dlviz.explainers.lime import Lime
from dlviz.explainers.piecewise import subject
from dlviz.explainers.shap import Shap
from dlviz.trust.quick import quick
from dlviz.trust.trial import Trial
from dlviz.trust.trust import Verdict, examine, judged

NAMES = ["Faithfulness", "Completeness", "Randomised", "Stability"]


def silent(done: float, of: float) -> None:
    """Tell nobody."""


def test_trials_declare_themselves() -> None:
    assert sorted(Trial.kinds()) == sorted(NAMES)
    for name in NAMES:
        part: Any = family("trials")[name]
        assert part.paper and part.asks.endswith("?") and part.about()
        assert all(setting.help.endswith(".") for setting in part.settings())
        assert Trial.parse(part().document()) == part()


@pytest.mark.parametrize("name", ["pictures", "rows", "texts"])
def test_the_networks_are_left_as_they_were_and_the_same_is_found_twice(
    name: str, request: pytest.FixtureRequest
) -> None:
    question: Question = request.getfixturevalue(name).questions(1)[0]
    method = Lime(samples=100)
    explanation = method.explain(question, silent)
    network = question.networks["model"]
    before = copy.deepcopy(network.state_dict())
    inputs, chance, numpys = question.inputs["x"].clone(), torch.get_rng_state(), np.random.get_state(legacy=False)
    found = [examine(question, method, explanation, silent, budget=60.0, took=0.0) for _ in range(2)]
    assert all(torch.equal(weight, before[key]) for key, weight in network.state_dict().items())
    assert torch.equal(inputs, question.inputs["x"]) and torch.equal(chance, torch.get_rng_state())
    now = np.random.get_state(legacy=False)
    assert np.array_equal(numpys["state"]["key"], now["state"]["key"]) and numpys["state"]["pos"] == now["state"]["pos"]
    for module in network.modules():
        assert not module._forward_hooks and not module._backward_hooks and not module._forward_pre_hooks
        assert not module.training
    assert not any(weight.requires_grad for weight in network.parameters())
    one, other = ([{**v.document(), "seconds": 0} for v in verdicts] for verdicts in found)
    assert one == other and [v["trial"] for v in one] == NAMES
    assert json.loads(json.dumps(one, allow_nan=False)) == one


class Slow(Explainer, abstract=True):
    """Takes a second for an answer, and tells how far it is."""

    paper: ClassVar[str] = "none"
    reading: ClassVar[str] = "Nothing."
    misleads: ClassVar[str] = "Always."
    cost: ClassVar[str] = "much patience"
    asked: ClassVar[list[int]] = []

    def explain(self, question: Question, step: Step) -> Explanation:
        Slow.asked.append(1)
        for done in range(50):
            time.sleep(0.02)
            step(done, 50)
        return answered(question)


def answered(question: Question) -> Explanation:
    about = subject(question)
    return Explanation(np.arange(float(about.pieces.count)), about.attribution(), 0.0, "")


def test_a_slow_method_is_not_tried_beyond_the_budget(rows: Any) -> None:
    question = rows.questions(1)[0]
    began = time.perf_counter()
    found = examine(question, Slow(), answered(question), silent, budget=0.5)
    assert time.perf_counter() - began < 1.5
    assert [verdict.holds for verdict in found[2:]] == [None, None]
    assert all("this method is too slow" in verdict.says for verdict in found[2:])
    assert found[0].value is not None, "what does not ask the method again is tried"
    Slow.asked.clear()
    found = examine(question, Slow(), answered(question), silent, budget=0.5, took=3.2)
    assert not Slow.asked, "of what is known to take long nothing is begun"
    assert found[2].says == "Not tried: this method takes 3.2 s an answer."


def test_a_slow_network_is_not_tried_beyond_the_budget(rows: Any) -> None:
    question = rows.questions(1)[0]

    class Sleepy(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            time.sleep(0.1)
            return question.networks["model"](x)  # type: ignore[no-any-return]

    slow = replace(question, networks={"model": Sleepy()})
    found = examine(slow, Slow(), answered(question), silent, budget=0.3, took=9.0)
    assert found[0].holds is None and "this network is too slow" in found[0].says
    assert judged(found).word == "not tried"


def test_on_a_crowded_machine_nobody_waits_without_end(rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the wall all trials together take three times the budget at most, though hardly any of it is their own."""
    wall = [0.0]
    monkeypatch.setattr("dlviz.trust.patience.own_time", lambda: lambda: 0.01 * wall[0])
    monkeypatch.setattr("dlviz.trust.patience.monotonic", lambda: wall[0])

    class Crowded(Slow, abstract=True):
        def explain(self, question: Question, step: Step) -> Explanation:
            for done in range(50):
                wall[0] += 0.1
                step(done, 50)
            return answered(question)

    question = rows.questions(1)[0]
    found = examine(question, Crowded(), answered(question), silent, budget=1.0)
    assert [verdict.holds for verdict in found[2:]] == [None, None]
    assert 2.9 < wall[0] < 3.3, "a step more at the end of each"


def test_whoever_cancels_is_heard(rows: Any) -> None:
    question = rows.questions(1)[0]

    def no_more(done: float, of: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        examine(question, IntegratedGradients(), answered(question), no_more)


def test_progress_goes_from_nothing_to_all(rows: Any) -> None:
    question, seen = rows.questions(1)[0], []
    method = IntegratedGradients()
    examine(question, method, method.explain(question, silent), lambda done, of: seen.append(done / of), budget=60.0)
    assert seen == sorted(seen) and seen[-1] == 1 and 0 <= seen[0] < 0.25


def test_quick_cuts_what_costs() -> None:
    assert quick(Lime()) == Lime(samples=250)
    assert quick(Shap(evaluations=60)) == Shap(evaluations=50), "no less than the setting allows"
    assert quick(IntegratedGradients()) == IntegratedGradients()
    assert quick(IntegratedGradients(n_steps=20)) == IntegratedGradients(n_steps=16)


def verdicts(**found: tuple[float | None, bool | None]) -> list[Verdict]:
    return [Verdict(name, value, holds, f"{name}.") for name, (value, holds) in found.items()]


@pytest.mark.parametrize(
    ("found", "word", "rank"),
    [
        (verdicts(Faithfulness=(0.6, True), Randomised=(0.1, True), Stability=(0.9, True)), "supported", 0.6),
        (verdicts(Faithfulness=(0.6, True), Randomised=(None, None)), "supported", 0.6),
        (verdicts(Faithfulness=(0.6, True), Randomised=(1.0, False)), "fails", -0.4),
        (verdicts(Faithfulness=(0.6, True), Randomised=(0.5, None)), "doubtful", 0.1),
        (verdicts(Faithfulness=(0.6, True), Completeness=(0.3, False), Stability=(0.1, False)), "doubtful", 0.4),
        (verdicts(Faithfulness=(0.3, None), Randomised=(0.1, True)), "doubtful", 0.3),
        (verdicts(Faithfulness=(-0.4, False), Randomised=(0.1, True)), "fails", -0.4),
        (verdicts(Faithfulness=(None, None), Randomised=(0.1, True)), "not tried", 0.0),
        (verdicts(Faithfulness=(None, None), Randomised=(0.9, False)), "fails", -1.0),
        ([], "not tried", 0.0),
    ],
)
def test_the_judgement(found: list[Verdict], word: str, rank: float) -> None:
    judgement = judged(found)
    assert judgement.word == word
    assert judgement.rank == pytest.approx(rank)
    assert judgement.says.endswith(".")
    assert judgement.document() == {"judgement": word, "says": judgement.says, "rank": pytest.approx(rank)}
