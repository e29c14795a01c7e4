"""What every study keeps to, whatever it looks at."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from stand_ins import (
    CLASSES,
    GREY,
    NUMBER,
    ROW,
    SERIES,
    TEXT,
    Grouped,
    along,
    attending,
    convolutional,
    data,
    dense,
    examples,
    table,
)
from torch import fx, nn

from dlviz.core.part import family
from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Kind, Mask, Text, Value
from dlviz.datasets.data import Data, Fields
from dlviz.explainers.explainer import Question
from dlviz.studies.study import About, Finding, Group, Inquiry, Study
from dlviz.tasks.classification import Classification
from dlviz.tasks.regression import Regression
from dlviz.tasks.task import Networks, Task

STUDIES = sorted(Study.kinds())
#: A cost that suits a test; what a study does not have, or does not allow, is left as it is.
CHEAP = {
    "evaluations": 60, "samples": 60, "examples": 12, "rows": 12, "background": 3, "most": 40, "tries": 60, "many": 6,
    "points": 5, "repeats": 2, "randoms": 4, "neighbours": 4, "checkpoints": 1, "count": 3, "ways": 1,
}  # fmt: skip

SITUATIONS: dict[str, tuple[Kind, Kind, Callable[[int], nn.Module]]] = {
    "picture": (GREY, CLASSES, lambda outputs: convolutional(1, 8, outputs)),
    "row": (ROW, CLASSES, lambda outputs: dense(5, outputs)),
    "number": (ROW, NUMBER, lambda outputs: dense(5, outputs)),
    "text": (TEXT, CLASSES, attending),
    "series": (SERIES, CLASSES, along),
}


@cache
def cheap(name: str) -> Study:
    part = Study.kinds()[name]
    document: dict[str, Any] = {"kind": name}
    for key, number in CHEAP.items():
        if key in part.model_fields:
            try:
                Study.parse({**document, key: number})
            except WrongInput:
                continue
            document[key] = number
    study = Study.parse(document)
    assert study is not None
    return study


def situation(name: str) -> tuple[Task, Networks, Data]:
    torch.manual_seed(0)
    kind, target, made = SITUATIONS[name]
    classes = isinstance(target, Category)
    drawn = made(len(target.names) if isinstance(target, Category) else 1)
    network = drawn if isinstance(drawn, fx.GraphModule) else fx.symbolic_trace(drawn)
    task: Task = Classification() if classes else Regression()
    among = data(table(60), kind, target, {"x": Grouped()}) if kind == ROW else data(examples(kind, 40), kind, target)
    task.prepare({"model": network}, among.fields, among.train)
    return task, {"model": network}, among


def inquiry(task: Task, networks: Networks, among: Data, index: int = 3) -> Inquiry:
    """As it is put in earnest: copies in evaluation mode, without a gradient of their own, and no run."""
    copies = {role: copy.deepcopy(network).eval().requires_grad_(False) for role, network in networks.items()}
    inputs = {name: among.test.columns[name][index : index + 1] for name in among.fields.inputs}
    return Inquiry(Question(task, copies, among, inputs, 0), "test", index)


def studied(name: str, asked: Inquiry, step: Callable[[float, float], None] = lambda done, of: None) -> Finding | None:
    """What a study finds; None: it says in a sentence why it cannot."""
    question, study = asked.question, cheap(name)
    why = study.why_not(question.task, question.networks, question.data.fields)
    if why is not None:
        assert why.endswith(".") and "\n" not in why
        return None
    try:
        return study.study(asked, step)
    except WrongInput as error:
        assert str(error).strip().endswith((".", "?", "`"))  # it needs a run, or something that was not given
        return None


@cache
def found(name: str, of: str) -> tuple[Finding | None, list[tuple[float, float]]]:
    """What a study finds in a situation, and how it told of its progress."""
    steps: list[tuple[float, float]] = []
    return studied(name, inquiry(*situation(of)), lambda done, all_: steps.append((done, all_))), steps


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_declares_itself(name: str) -> None:
    part = family("studies")[name]
    assert part.paper and part.about() and part.cost  # type: ignore[attr-defined]
    assert part.reading.endswith(".") and part.misleads.endswith(".")  # type: ignore[attr-defined]
    assert part.group in get_args(Group) and part.about_what in get_args(About)  # type: ignore[attr-defined]
    assert all(setting.help.endswith(".") for setting in part.settings())
    study = part()
    assert Study.parse(study.document()) == study
    assert Study.parse(study.document(brief=True)) == study


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("of", SITUATIONS)
def test_it_finds_something_or_says_why_not(name: str, of: str, tmp_path: Path) -> None:
    finding, steps = found(name, of)
    if finding is None:
        return
    assert finding.says.strip() and finding.says.rstrip()[-1] in ".!?)”"
    assert "nan" not in finding.says.split()
    assert finding.shown or finding.numbers
    for number, value in enumerate(finding.shown):
        value.save(tmp_path / f"{number}")
        again = Value.load(tmp_path / f"{number}")
        assert again.kind == value.kind and again.title == value.title
        np.testing.assert_array_equal(again.data, value.data)
    json.dumps(dict(finding.numbers), default=lambda array: np.asarray(array).tolist())
    assert all(0 <= done <= all_ for done, all_ in steps)


def test_most_of_them_find_something_in_one_of_these() -> None:
    """The others need what these have not: a run, a concept, an answer token by token."""
    some = [name for name in STUDIES if any(found(name, of)[0] is not None for of in SITUATIONS)]
    assert len(some) >= 0.6 * len(STUDIES), f"nothing found by {sorted(set(STUDIES) - set(some))}"


def state(networks: Networks) -> dict[str, Any]:
    (network,) = networks.values()
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return {
        "weights": {key: tensor.clone() for key, tensor in network.state_dict().items()},
        "modules": [(type(module), module.training) for module in network.modules()],
        "hooks": [len(getattr(module, hook)) for module in network.modules() for hook in hooks],
        "gradients": [(weight.requires_grad, weight.grad is None) for weight in network.parameters()],
    }


@pytest.mark.parametrize("name", STUDIES)
def test_the_networks_and_chance_are_left_alone_and_the_answer_is_the_same_again(name: str) -> None:
    twice, times = [], 0
    for of in SITUATIONS:
        task, networks, among = situation(of)
        asked = inquiry(task, networks, among)
        if cheap(name).why_not(task, networks, among.fields) is not None:
            continue
        before = state(asked.question.networks)
        for seed in (5, 77):
            np.random.seed(seed)
            torch.manual_seed(seed)
            drawn, own = np.random.get_state()[1].copy(), torch.get_rng_state()  # type: ignore[union-attr,index]
            twice.append(studied(name, asked))
            np.testing.assert_array_equal(np.random.get_state()[1], drawn)  # type: ignore[index]
            assert torch.equal(torch.get_rng_state(), own)
        after = state(asked.question.networks)
        assert all(torch.equal(after["weights"][key], tensor) for key, tensor in before.pop("weights").items())
        assert {key: after[key] for key in before} == before
        one, two = twice[-2:]
        assert (one is None) == (two is None)
        if one is not None and two is not None:
            assert one.says == two.says
            for left, right in zip(one.shown, two.shown, strict=True):
                np.testing.assert_array_equal(left.data, right.data)
        times += 1
        if times == 2:  # two kinds of data are enough
            return


@pytest.mark.parametrize("name", STUDIES)
def test_what_it_cannot_look_at_is_said_in_a_sentence(name: str) -> None:
    task, networks, among = situation("picture")
    (network,) = networks.values()
    cases: list[tuple[Any, Any, Fields]] = [
        (task, {"generator": network, "discriminator": network}, among.fields),
        (task, networks, Fields({"left": GREY, "right": GREY}, among.fields.targets)),
        (task, networks, Fields({"x": Mask(names=("a", "b"), height=8, width=8)}, among.fields.targets)),
        (task, networks, Fields({"x": Text()}, among.fields.targets)),
    ]
    for case in cases:
        why = cheap(name).why_not(*case)
        assert why is None or (why.strip().endswith(".") and "\n" not in why)
