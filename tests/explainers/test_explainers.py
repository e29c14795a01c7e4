"""What every explainer keeps to, whatever it explains."""

from __future__ import annotations

import copy
from collections.abc import Callable
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
    SERIES,
    SOUND,
    TEXT,
    Grouped,
    along,
    attending,
    convolutional,
    data,
    dense,
    examples,
    listening,
    reading,
    table,
)  # fmt: skip
from torch import nn

from dlviz.asking.answer import ask
from dlviz.core.part import family
from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Kind, Mask, Text, Tokens
from dlviz.datasets.data import Data, Fields
from dlviz.explainers.explainer import Explainer, Explanation
from dlviz.explainers.maps import NOWHERE
from dlviz.tasks.classification import Classification
from dlviz.tasks.regression import Regression
from dlviz.tasks.task import Networks, Task

METHODS = sorted(Explainer.kinds())
#: A cost that suits a test; settings that a method does not have are left out.
CHEAP = {"n_steps": 16, "evaluations": 120, "samples": 120, "background": 3, "masks": 120}
#: Those that need a layer which knows places.
MAPS = ("GradCam", "GradCamPlusPlus", "ScoreCam")


def cheap(name: str) -> Explainer:
    part = Explainer.kinds()[name]
    method = Explainer.parse({"kind": name, **{key: v for key, v in CHEAP.items() if key in part.model_fields}})
    assert method is not None
    return method


#: What is explained, and which network: kind and module for so many outputs.
SITUATIONS: dict[str, tuple[Kind, Callable[[int], nn.Module]]] = {
    "grey": (GREY, lambda outputs: convolutional(1, 8, outputs)),
    "colour": (COLOUR, lambda outputs: convolutional(3, 12, outputs, 8)),
    "table": (ROW, lambda outputs: dense(5, outputs)),
    "point": (POINT, lambda outputs: dense(2, outputs)),
    "text": (TEXT, reading),
    "attended": (TEXT, attending),
    "series": (SERIES, along),
    "sound": (SOUND, listening),
}


def situation(name: str, target: Kind = CLASSES) -> tuple[Task, Networks, Data]:
    torch.manual_seed(0)
    kind, made = SITUATIONS[name]
    classes = isinstance(target, Category)
    task: Task = Classification() if classes else Regression()
    network = made(len(target.names) if isinstance(target, Category) else 1)
    if kind == ROW:
        return task, {"model": network}, data(table(60), kind, target, {"x": Grouped()})
    return task, {"model": network}, data(examples(kind, 40), kind, target)


def serves(method: str, name: str) -> bool:
    """Whether a method can explain a situation: maps need places, and shares a network without attention; the networks
    for rows have no ReLU."""
    if "Attention" in method:
        return name == "attended"
    if method in MAPS:
        return name in ("grey", "colour", "text", "series", "sound")
    return not (method == "DeepShap" and name == "attended") and not (
        method == "GuidedBackprop" and name in ("table", "point")
    )


def suited(method: str, *wanted: str) -> str:
    """The first situation, of those wanted, that the method can explain."""
    return next(name for name in (*wanted, *SITUATIONS) if serves(method, name))


def shape_of(kind: Kind, found: Explanation) -> tuple[int, ...]:
    """The shape that an explanation of example 3 must have."""
    if found.kind.over == "spectrogram":
        return (1, 8, 17)
    if isinstance(kind, Tokens):
        return (int((examples(kind, 40)[3] != 0).sum()),)
    return (3,) if kind == ROW else kind.shape()


@pytest.mark.parametrize("name", METHODS)
def test_a_method_declares_itself(name: str) -> None:
    part = family("explainers")[name]
    assert part.paper and part.reading.endswith(".") and part.about()  # type: ignore[attr-defined]
    assert all(setting.help.endswith(".") for setting in part.settings())
    method = part()
    assert Explainer.parse(method.document()) == method
    assert Explainer.parse(method.document(brief=True)) == method


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("target", [CLASSES, NUMBER], ids=["class", "number"])
@pytest.mark.parametrize("of", SITUATIONS)
def test_it_answers_or_says_why_not(name: str, of: str, target: Kind) -> None:
    task, networks, among = situation(of, target)
    kind = SITUATIONS[of][0]
    method = cheap(name)
    why = method.why_not(task, networks, among.fields)
    if not serves(name, of):
        assert why is not None and why.endswith(".")
        with pytest.raises(WrongInput, match="cannot explain this"):
            ask(task, networks, among, "test", 3, None, method)
        return
    assert why is None
    steps: list[tuple[float, float]] = []
    found = ask(task, networks, among, "test", 3, None, method, lambda done, of: steps.append((done, of)))
    values, explanation = found.explanation.values, found.explanation
    assert np.isfinite(values).all()
    assert np.abs(values).sum() > 0 or (name in MAPS and NOWHERE in explanation.note)
    assert values.shape == shape_of(kind, explanation)
    assert type(method).signed or (values >= 0).all()
    if isinstance(kind, Tokens):
        assert explanation.kind.names == tuple(kind.vocabulary[i] for i in examples(kind, 40)[3].tolist() if i)
    else:
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


class Onlooking:
    """A `Step` that looks at all it is offered."""

    def __init__(self) -> None:
        self.seen: list[Explanation] = []

    def __call__(self, done: float, of: float) -> None:
        pass

    def so_far(self, made: Callable[[], Explanation]) -> None:
        self.seen.append(made())


#: Those that are answered by a single pass, or two: nothing is known before all is.
AT_ONCE = ("GradCam", "GradCamPlusPlus", "GuidedBackprop", "Saliency")


@pytest.mark.parametrize("name", [name for name in METHODS if name not in AT_ONCE and "Attention" not in name])
@pytest.mark.parametrize("of", ["colour", "table", "text", "series", "sound"])
def test_it_shows_what_it_found_so_far(name: str, of: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is offered on the way can be drawn like the answer, and comes to it in the end."""
    if not serves(name, of):
        pytest.skip("it does not serve this")
    for bound in ("LEAST", "MOST"):
        monkeypatch.setattr(f"dlviz.explainers.batches.{bound}", 2)
    for bound in ("AT_ONCE", "NUMBERS"):
        monkeypatch.setattr(f"dlviz.explainers.deep_shap.{bound}", 1)
    task, networks, among = situation(of)
    onlooker, method = Onlooking(), cheap(name)
    if "samples" in type(method).model_fields:
        method = method.model_copy(update={"samples": 40})
    found = ask(task, networks, among, "test", 3, None, method, onlooker).explanation
    plain = ask(task, networks, among, "test", 3, None, method).explanation
    np.testing.assert_array_equal(found.values, plain.values)  # being looked at changes nothing
    assert len(onlooker.seen) >= (1 if (name, of) == ("DeepShap", "text") else 2)  # a text is held against one thing
    for seen in onlooker.seen:
        assert seen.values.shape == found.values.shape and np.isfinite(seen.values).all()
        assert seen.score == found.score and seen.kind.over == found.kind.over
    last = np.corrcoef(onlooker.seen[-1].values.ravel(), found.values.ravel())[0, 1]
    assert last > 0.99


@pytest.mark.parametrize("name", METHODS)
def test_the_networks_come_back_untouched(name: str) -> None:
    """Also when they are handed over in training mode: the answer is that of evaluation mode."""
    task, networks, among = situation(suited(name, "grey"))
    network = networks["model"]
    with torch.no_grad():
        network(among.train.columns["x"])  # batch norm learns something that training mode would not use
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
    task, networks, among = situation(suited(name, "table", "grey"))
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

    task, networks, among = situation(suited(name, "grey"))
    with pytest.raises(Enough):
        ask(task, networks, among, "test", 2, 0, cheap(name), refuse)


class Nameless(Classification, abstract=True):
    """A task that has nothing to explain."""

    def targets(self, fields: Fields) -> tuple[str, ...]:
        return ()


@pytest.mark.parametrize("name", METHODS)
def test_what_cannot_be_explained_is_said_in_a_sentence(name: str) -> None:
    method = cheap(name)
    task, networks, among = situation("grey")
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
    task, networks, among = situation("grey")
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
    task, networks, among = situation("grey")
    method = Explainer.parse(document)
    assert method is not None
    with pytest.raises(WrongInput, match=said):
        ask(task, networks, among, "test", 0, None, method)


def test_a_table_has_no_black() -> None:
    task, networks, among = situation("table", NUMBER)
    method = Explainer.parse({"kind": "IntegratedGradients", "baseline": "black"})
    assert method is not None
    with pytest.raises(WrongInput, match="`black` is for pictures"):
        ask(task, networks, among, "test", 0, None, method)


def test_numbers_that_are_none_are_told_and_not_drawn() -> None:
    task, networks, among = situation("table", NUMBER)
    with torch.no_grad():
        next(networks["model"].parameters()).fill_(float("nan"))
    with pytest.raises(WrongInput, match="not finite"):
        ask(task, networks, among, "test", 0, None, cheap("IntegratedGradients"))


def test_asking_grad_cam_whether_it_can_serve_leaves_a_network_in_training_as_it_is() -> None:
    task, networks, among = situation("grey")
    network = networks["model"].train()
    before = copy.deepcopy(network.state_dict())
    assert cheap("GradCam").why_not(task, networks, among.fields) is None
    assert all(module.training and not module._forward_hooks for module in network.modules())
    after = network.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)
