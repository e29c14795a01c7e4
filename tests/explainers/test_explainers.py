"""What every explainer keeps to, whatever it explains."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from stand_ins import (
    CLASSES,
    COLOUR,
    GREY,
    NUMBER,
    POINT,
    ROW,
    Grouped,
    convolutional,
    data,
    dense,
    examples,
    table,
)  # fmt: skip
from torch import nn

from dlviz.asking.answer import ask
from dlviz.core.part import family
from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Image, Kind, Mask, Text
from dlviz.datasets.data import Data, Fields
from dlviz.explainers.explainer import Explainer
from dlviz.tasks.classification import Classification
from dlviz.tasks.regression import Regression
from dlviz.tasks.task import Networks, Task

METHODS = sorted(Explainer.kinds())
#: A cost that suits a test; settings that a method does not have are left out.
CHEAP = {"n_steps": 16, "evaluations": 120, "samples": 120, "background": 3}


def cheap(name: str) -> Explainer:
    part = Explainer.kinds()[name]
    method = Explainer.parse({"kind": name, **{key: v for key, v in CHEAP.items() if key in part.model_fields}})
    assert method is not None
    return method


def situation(kind: Kind, target: Kind) -> tuple[Task, Networks, Data]:
    torch.manual_seed(0)
    outputs = len(target.names) if isinstance(target, Category) else 1
    task: Task = Classification() if isinstance(target, Category) else Regression()
    if isinstance(kind, Image):
        places = (kind.height // 4) * (kind.width // 4) * 16
        network: nn.Sequential = convolutional(kind.channels, 8, outputs)
        network.linear = nn.Linear(places, outputs)
        return task, {"model": network}, data(examples(kind, 40), kind, target)
    if kind == ROW:
        return task, {"model": dense(5, outputs)}, data(table(60), kind, target, {"x": Grouped()})
    return task, {"model": dense(2, outputs)}, data(examples(kind, 40), kind, target)


COMBINATIONS = [
    pytest.param(kind, target, id=f"{name}-{target.kind()}")
    for name, kind in {"grey": GREY, "colour": COLOUR, "table": ROW, "point": POINT}.items()
    for target in (CLASSES, NUMBER)
]


def serves(name: str, kind: Kind) -> bool:
    return isinstance(kind, Image) or name != "GradCam"


@pytest.mark.parametrize("name", METHODS)
def test_a_method_declares_itself(name: str) -> None:
    part = family("explainers")[name]
    assert part.paper and part.reading.endswith(".") and part.about()  # type: ignore[attr-defined]
    assert all(setting.help.endswith(".") for setting in part.settings())
    method = part()
    assert Explainer.parse(method.document()) == method
    assert Explainer.parse(method.document(brief=True)) == method


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(("kind", "target"), COMBINATIONS)
def test_it_answers_or_says_why_not(name: str, kind: Kind, target: Kind) -> None:
    task, networks, among = situation(kind, target)
    method = cheap(name)
    why = method.why_not(task, networks, among.fields)
    if not serves(name, kind):
        assert why is not None and why.endswith(".")
        with pytest.raises(WrongInput, match="cannot explain this"):
            ask(task, networks, among, "test", 3, None, method)
        return
    assert why is None
    steps: list[tuple[float, float]] = []
    found = ask(task, networks, among, "test", 3, None, method, lambda done, of: steps.append((done, of)))
    values, explanation = found.explanation.values, found.explanation
    assert np.isfinite(values).all() and np.abs(values).sum() > 0
    assert values.shape == ((3,) if kind == ROW else kind.shape())
    assert explanation.kind.names == {ROW: ("age", "town", "income"), POINT: ("x", "y")}.get(kind, ())
    assert explanation.note.startswith(method.reading)
    assert steps and steps[-1][0] == steps[-1][1] and all(0 <= done <= of for done, of in steps)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    if isinstance(target, Category):
        assert found.target == int(found.prediction.data[0].argmax())
    copied = copy.deepcopy(networks["model"]).eval()
    with torch.no_grad():
        expected = task.score({"model": copied}, {"x": among.test.columns["x"][3:4]}, found.target, among.fields)
    assert explanation.score == pytest.approx(float(expected), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_the_networks_come_back_untouched(name: str) -> None:
    """Also when they are handed over in training mode: the answer is that of evaluation mode."""
    task, networks, among = situation(GREY, CLASSES)
    network = networks["model"]
    with torch.no_grad():
        network(torch.randn(50, 1, 8, 8))  # batch norm learns something that training mode would not use
    network.eval()
    calm = ask(task, networks, among, "test", 3, 1, cheap(name)).explanation
    network.train()
    before = copy.deepcopy(network.state_dict())
    torch.manual_seed(99)
    again = ask(task, networks, among, "test", 3, 1, cheap(name)).explanation
    np.testing.assert_array_equal(again.values, calm.values)
    assert again.score == calm.score
    after = network.state_dict()
    assert before.keys() == after.keys() and all(torch.equal(before[key], after[key]) for key in before)
    for module in network.modules():
        assert module.training
        for hooks in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks"):
            assert not getattr(module, hooks)
    for parameter in network.parameters():
        assert parameter.requires_grad and parameter.grad is None


@pytest.mark.parametrize("name", METHODS)
def test_chance_is_seeded_and_left_alone(name: str) -> None:
    task, networks, among = situation(GREY if name == "GradCam" else ROW, CLASSES)
    np.random.seed(5)
    expected = np.random.random(3)
    np.random.seed(5)
    first = ask(task, networks, among, "test", 2, 0, cheap(name)).explanation.values
    np.testing.assert_array_equal(np.random.random(3), expected)
    torch.manual_seed(77)
    np.testing.assert_array_equal(ask(task, networks, among, "test", 2, 0, cheap(name)).explanation.values, first)


@pytest.mark.parametrize("name", METHODS)
def test_step_can_cancel(name: str) -> None:
    class Enough(Exception):
        pass

    def refuse(done: float, of: float) -> None:
        raise Enough

    task, networks, among = situation(GREY, CLASSES)
    with pytest.raises(Enough):
        ask(task, networks, among, "test", 2, 0, cheap(name), refuse)


class Nameless(Classification, abstract=True):
    """A task that has nothing to explain."""

    def targets(self, fields: Fields) -> tuple[str, ...]:
        return ()


@pytest.mark.parametrize("name", METHODS)
def test_what_cannot_be_explained_is_said_in_a_sentence(name: str) -> None:
    method = cheap(name)
    task, networks, among = situation(GREY, CLASSES)
    several = Fields({"left": GREY, "right": GREY}, among.fields.targets)
    cases: list[tuple[Any, Any, Fields]] = [
        (Nameless(), networks, among.fields),
        (task, {"generator": networks["model"], "discriminator": networks["model"]}, among.fields),
        (task, networks, several),
    ]
    for kind in (Mask(names=("a", "b"), height=8, width=8), Text()):
        cases.append((task, networks, Fields({"x": kind}, among.fields.targets)))
    for case in cases:
        why = method.why_not(*case)
        assert why is not None and why.endswith(".") and "\n" not in why


@pytest.mark.parametrize(
    ("part", "index", "target", "said"),
    [
        ("tests", 0, None, "The parts of the data are"),
        ("test", 40, None, "has 40 examples, 0 to 39. Received: 40"),
        ("test", -1, None, "Received: -1"),
        ("test", 0, 3, r"0 \(cat\), 1 \(dog\), 2 \(owl\). Received: 3"),
    ],
)
def test_a_question_about_nothing_is_refused(part: str, index: int, target: int | None, said: str) -> None:
    task, networks, among = situation(GREY, CLASSES)
    with pytest.raises(WrongInput, match=said):
        ask(task, networks, among, part, index, target, cheap("Occlusion"))


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"kind": "GradCam", "layer": "conv2"}, "Did you mean `conv_2`"),
        ({"kind": "Occlusion", "window": 9}, "at most 8 pixels. Received: 9"),
        ({"kind": "Occlusion", "window": 2, "stride": 3}, "at most 2. Received: 3"),
    ],
)
def test_settings_that_do_not_fit_the_picture_are_refused(document: dict[str, Any], said: str) -> None:
    task, networks, among = situation(GREY, CLASSES)
    method = Explainer.parse(document)
    assert method is not None
    with pytest.raises(WrongInput, match=said):
        ask(task, networks, among, "test", 0, None, method)


def test_a_table_has_no_black() -> None:
    task, networks, among = situation(ROW, NUMBER)
    method = Explainer.parse({"kind": "IntegratedGradients", "baseline": "black"})
    assert method is not None
    with pytest.raises(WrongInput, match="`black` is for pictures"):
        ask(task, networks, among, "test", 0, None, method)


def test_numbers_that_are_none_are_told_and_not_drawn() -> None:
    task, networks, among = situation(ROW, NUMBER)
    with torch.no_grad():
        next(networks["model"].parameters()).fill_(float("nan"))
    with pytest.raises(WrongInput, match="not finite"):
        ask(task, networks, among, "test", 0, None, cheap("IntegratedGradients"))


def test_asking_grad_cam_whether_it_can_serve_leaves_a_network_in_training_as_it_is() -> None:
    task, networks, among = situation(GREY, CLASSES)
    network = networks["model"].train()
    before = copy.deepcopy(network.state_dict())
    assert cheap("GradCam").why_not(task, networks, among.fields) is None
    assert all(module.training and not module._forward_hooks for module in network.modules())
    after = network.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)
