"""What every task keeps to, on every kind of data that it serves."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from dlviz.core.part import family
from dlviz.core.problems import WrongInput
from dlviz.core.shape import fits
from dlviz.core.values import Kind, Tokens
from dlviz.datasets.data import Fields
from dlviz.network.shapes import infer
from dlviz.tasks.task import Task, forward_all
from dlviz.training.evaluate import evaluate
from dlviz.training.recipe import Optimization, Training
from dlviz.training.spec import fitting_task
from tests.tasks.support import (
    AHEAD,
    CLASSES,
    DIGIT,
    EACH,
    NUMBER,
    PAST,
    PHOTO,
    PLANE,
    ROW,
    SAID,
    SOUND,
    WORDS,
    data,
    networks,
    trained,
)  # fmt: skip

PAIRS = [
    *itertools.product((PLANE, ROW, DIGIT, PHOTO, WORDS, SOUND), (CLASSES, NUMBER)),
    (WORDS, WORDS), (WORDS, EACH), (PAST, AHEAD), (SOUND, SAID),
]  # fmt: skip
CHOSEN = {
    CLASSES: "Classification", NUMBER: "Regression", WORDS: "LanguageModel", EACH: "Tagging", AHEAD: "Forecasting",
    SAID: "SpeechRecognition",
}  # fmt: skip
CASES = [
    pytest.param(kind(), inputs, target, id=f"{name}-{inputs.kind()}{inputs.shape()}-{target.kind()}")
    for name, kind in family("tasks").items()
    for inputs, target in PAIRS
    if kind().why_not(Fields({"input": inputs}, {"target": target}, 270)) is None
]
SMALL = [case for case in CASES if case.values[1] != PHOTO]


def test_the_data_choose_their_task() -> None:
    for inputs, target in PAIRS:
        assert fitting_task(Fields({"input": inputs}, {"target": target})).kind() == CHOSEN[target]


def test_where_nothing_fits_every_reason_is_told() -> None:
    with pytest.raises(WrongInput) as caught:
        fitting_task(Fields({"input": ROW}, {}))
    assert "Classification" in str(caught.value) and "Regression" in str(caught.value)


@pytest.mark.parametrize("kind", family("tasks").values(), ids=lambda part: part.__name__)
def test_every_task_round_trips_and_explains_itself(kind: type[Task]) -> None:
    assert Task.parse(kind().document()) == kind()
    assert len(kind.about()) > 20
    for setting in kind.settings():
        assert len(setting.help) > 15
        assert setting.type not in ("int", "float") or (setting.low is not None and setting.high is not None)


@pytest.mark.parametrize(("task", "inputs", "target"), CASES)
def test_every_starter_is_sound_and_every_recipe_parses(task: Task, inputs: Kind, target: Kind) -> None:
    for size in (None, 200, 5_000, 100_000):
        fields = Fields({"input": inputs}, {"target": target}, size)
        recipe = task.recipe(fields)
        assert set(recipe) <= {"optimization", "training"}
        from dlviz.core.problems import Problems

        problems = Problems()
        assert Optimization.parse(recipe["optimization"], "optimization", problems) and not len(problems)
        assert Training.from_settings(recipe["training"], "training", problems) and not len(problems)
    starters = task.starters(fields)
    roles = task.roles(fields)
    assert len(starters) >= 1
    for title, graphs in starters.items():
        assert set(graphs) == set(roles), title
        for role, known in roles.items():
            report = infer(graphs[role], known.inputs, known.output)
            assert not report.problems, (title, role, report.problems)
            last = graphs[role].outputs()[0]
            assert known.output is None or fits(report.nodes[last.name].shape, known.output)


@pytest.mark.parametrize(("task", "inputs", "target"), SMALL)
class TestEveryTaskOnItsData:
    def test_it_learns_and_is_measured(self, task: Task, inputs: Kind, target: Kind) -> None:
        some = data(inputs, target)
        made = networks(task, some.fields, some.train)
        before = {name: weight.clone() for role in made for name, weight in made[role].named_parameters()}
        losses = trained(task, made, some)
        assert [loss.role for loss in losses] and all(math.isfinite(float(loss.value)) for loss in losses)
        assert {loss.role for loss in losses} == set(made)
        after = {name: weight for role in made for name, weight in made[role].named_parameters()}
        assert all(not torch.equal(before[name], after[name]) for name in before)
        figures, outputs = evaluate(task, made, some.validation, task.metrics(some.fields), some.fields)
        assert all(value is not None and math.isfinite(value) for value in figures.values())
        assert task.primary in figures
        assert outputs is not None and len(outputs) == 90

    def test_outputs_of_training_steps_can_be_measured_by_their_targets_alone(
        self, task: Task, inputs: Kind, target: Kind
    ) -> None:
        some = data(inputs, target)
        made = networks(task, some.fields, some.train)
        for loss in task.losses(made, some.train.columns, some.fields):
            loss.value.backward()
            if loss.outputs is not None:
                assert not loss.outputs.requires_grad
                pair = task.measured(loss.outputs, {"target": some.train.columns["target"]}, some.fields)
                assert len(pair[0]) == len(pair[1]) == 90

    def test_views_can_be_saved_and_say_what_one_sees(self, task: Task, inputs: Kind, target: Kind, tmp_path) -> None:  # type: ignore[no-untyped-def]
        some = data(inputs, target)
        made = networks(task, some.fields, some.train)
        outputs = forward_all(task, made, some.validation, some.fields)
        views = task.views(made, some, "validation", outputs)
        if inputs == ROW and task.kind() == "Gan":
            return  # points of three dimensions cannot be drawn
        assert views
        for name, view in views.items():
            assert name.isidentifier() and view.title
            assert np.isfinite(view.data).all() if np.issubdtype(view.data.dtype, np.number) else True
            view.save(tmp_path / name)
            again = type(view).load(tmp_path / name)
            assert again.kind == view.kind and again.more.keys() == view.more.keys()
        assert set(task.views(made, some, "validation", None)) <= set(views)

    def test_every_target_has_a_differentiable_score(self, task: Task, inputs: Kind, target: Kind) -> None:
        some = data(inputs, target)
        made = networks(task, some.fields, some.train)
        for network in made.values():
            network.eval()
        column = some.validation.columns["input"][:7].clone()
        for number, _ in enumerate(task.targets(some.fields)):
            # nobody can take the slope by a token's number, only by what the network looks up for it
            by = next(made["model"].parameters()) if isinstance(inputs, Tokens) else column.requires_grad_()
            score = task.score(made, {"input": column}, number, some.fields)
            assert score.shape == (7,)
            (slope,) = torch.autograd.grad(score.sum(), by)
            assert slope.abs().sum() > 0
