"""Settings changed while a training goes on: from the next step on, in shape, and kept over a resume."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import torch

from dlviz.core.problems import WrongInput
from dlviz.training import changes
from dlviz.training.checkpoint import Snapshot
from dlviz.training.loop import Loop, Watcher
from tests.training.test_loop import loop_of
from tests.training.toys import DEMANDING, spiral

Act = Callable[[Loop], None]


class Stop(Exception):
    pass


class Hand(Watcher):
    """Does something at certain steps, and hears losses, rates and sizes."""

    def __init__(self, acts: dict[int, Act]) -> None:
        self.acts, self.next_look = acts, 0.0
        self.heard: list[tuple[int, float, float, float]] = []
        self.steps_per_epoch: list[int] = []
        self._before = 0

    def begin(self, loop: Loop) -> None:
        loop.longest = 1

    def collect(self, loop: Loop) -> None:
        windows, bad = loop.meter.collect()
        assert bad is None
        self.heard += [(w.step, w.time, w.lr, w.losses["model"]) for w in windows]

    def look(self, loop: Loop) -> None:
        self.collect(loop)
        if loop.step in self.acts:
            self.acts[loop.step](loop)

    def epoch_ended(self, loop: Loop, figures: Any, outputs: Any) -> None:
        self.steps_per_epoch.append(loop.step - self._before)
        self._before = loop.step


def trained(document: dict[str, Any], acts: dict[int, Act] | None = None) -> tuple[Loop, Hand]:
    loop = loop_of(document, hand := Hand(acts or {}))
    loop.train()
    assert loop.steps == loop.step and loop.steps_left == 0
    return loop, hand


def change(path: str, value: Any) -> Act:
    return lambda loop: loop.change(path, value) and None


def test_another_batch_size_takes_effect_at_the_next_step() -> None:
    document = spiral(epochs=3)  # 14 steps of 10 examples each epoch
    loop, hand = trained(document, {5: change("training.batch_size", 30)})
    examples = len(loop.data.train)
    assert hand.steps_per_epoch == [5 + -(-(examples - 50) // 30), *[-(-examples // 30)] * 2]
    before = trained(document)[1]
    assert hand.heard[:5] == before.heard[:5] and hand.heard[5] != before.heard[5]
    assert [time for _, time, _, _ in hand.heard][-1] == 3.0, "the epochs are where they were"
    assert loop.spec.training and loop.spec.training.batch_size == 10, "the spec stays what was asked at first"


@pytest.mark.parametrize("schedule", ["CosineAnnealingLR", "OneCycleLR", "StepLR", "LinearWarmup"])
def test_schedules_keep_their_shape(schedule: str) -> None:
    document = spiral(epochs=6)
    document["optimization"]["schedule"] = {"kind": schedule, **({"step_size": 2} if schedule == "StepLR" else {})}
    plain = {time: lr for _, time, lr, _ in trained(document)[1].heard}
    doubled = trained(document, {20: change("optimization.optimizer.lr", 0.2)})[1].heard
    assert len(doubled) == len(plain)
    for step, time, lr, _ in doubled:
        assert lr == pytest.approx(plain[time] * (2 if step > 20 else 1), rel=1e-6)
    other = trained(document, {20: change("training.batch_size", 20)})[1].heard
    end, ended = other[-1][2], list(plain.values())[-1]
    assert len(other) < len(plain) and end == pytest.approx(ended, abs=0.015)
    trained(document, {20: change("training.epochs", 9)})


def test_numbers_of_optimizers_and_regularizers_change() -> None:
    document = spiral(epochs=2)
    document["optimization"] = {
        "optimizer": {"kind": "Adam"}, "regularizers": [{"kind": "L2", "strength": 0.0}, {"kind": "LabelSmoothing"}],
    }  # fmt: skip
    plain = trained(document)[1].heard
    for path, value in (
        ("optimization.regularizers.0.strength", 0.5),
        ("optimization.regularizers.1.amount", 0.4),
        ("optimization.optimizer.beta1", 0.5),
        ("optimization.optimizer.weight_decay", 0.5),
    ):
        told: list[Any] = []

        def act(loop: Loop, path: str = path, value: float = value, told: list[Any] = told) -> None:
            told.append(loop.change(path, value))

        found = trained(document, {5: act})[1].heard
        assert found[:5] == plain[:5] and found[7:] != plain[7:], path
        assert told[0][1] == value != told[0][0]


def test_momentum_can_begin_and_end() -> None:
    document = spiral(epochs=2)
    trained(document, {5: change("optimization.optimizer.momentum", 0.9)})
    document["optimization"]["optimizer"] = {"kind": "RMSprop"}
    trained(
        document, {5: change("optimization.optimizer.momentum", 0.9), 9: change("optimization.optimizer.momentum", 0.0)}
    )


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("optimization.optimizer.lr", -1, "more than 0"),
        ("optimization.optimizer.nesterov", True, "no number of that name"),
        ("optimization.optimizer.nothing", 1, "no number of that name"),
        ("optimization.regularizers.0.strength", 1, "there are 0 regularizers"),
        ("training.batch_size", 1, "at least 2"),
        ("training.batch_size", "many", "batch_size"),
        ("training.epochs", 0, "epochs"),
        ("training.device", "cuda", "cannot be changed"),
        ("seed", 3, "fork the run"),
    ],
)
def test_what_cannot_be_changed_is_refused_and_changes_nothing(path: str, value: Any, why: str) -> None:
    refused: list[str] = []

    def act(loop: Loop) -> None:
        with pytest.raises(WrongInput) as error:
            loop.change(path, value)
        refused.append(str(error.value))
        with pytest.raises(WrongInput):  # all or none: the momentum that was gathered stays, too
            changes.set_all(loop, {"optimization.optimizer.momentum": 0.0, path: value})

    document = {**copy.deepcopy(DEMANDING), "training": {"epochs": 2, "batch_size": 32, "device": "cpu"}}
    assert trained(document, {5: act})[1].heard == trained(document)[1].heard
    assert why in refused[0]


def test_fewer_epochs_than_begun_are_refused() -> None:
    def act(loop: Loop) -> None:
        with pytest.raises(WrongInput, match="at least 2"):
            loop.change("training.epochs", 1)
        loop.change("training.epochs", 2)

    loop, hand = trained(spiral(epochs=9), {20: act})
    assert loop.epoch == 2 and len(hand.steps_per_epoch) == 2


CHANGES: dict[int, Act] = {
    7: change("optimization.optimizer.lr", 0.02),
    11: change("training.batch_size", 24),
    16: change("optimization.optimizer.momentum", 0.5),
    50: change("training.epochs", 3),
}


@pytest.mark.parametrize("engine", ["eager", "kernel"])
@pytest.mark.parametrize("at", [9, 12, 30])
def test_a_resumed_training_has_what_was_changed(at: int, engine: str) -> None:
    document = copy.deepcopy(DEMANDING) if engine == "eager" else spiral(epochs=5, engine="kernel")
    document["optimization"]["schedule"] = {"kind": "OneCycleLR"}
    whole = trained(document, CHANGES)[1].heard
    kept: list[Snapshot] = []

    def cut(loop: Loop) -> None:
        snapshot = loop.capture().cloned()
        kept.append(Snapshot(snapshot.tensors, json.loads(json.dumps(snapshot.facts))))
        raise Stop

    acts = {**CHANGES, at: cut}
    first = loop_of(document, hand := Hand(acts))
    with pytest.raises(Stop):
        first.train()
    torch.manual_seed(99)
    second = loop_of(document, again := Hand(CHANGES))
    second.restore(kept[0])
    second.train()
    assert hand.heard + again.heard == whole


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_layout_is_kept_over_a_resume(precision: str) -> None:
    from tests.training.test_engine import pictures

    document = pictures(precision=precision)
    whole = trained(document)[1].heard
    kept: list[Snapshot] = []

    def cut(loop: Loop) -> None:
        assert loop.plan.layout == "channels_last" and loop.plan.precision == precision
        snapshot = loop.capture()
        tensors = {name: held.clone(memory_format=torch.contiguous_format) for name, held in snapshot.tensors.items()}
        kept.append(Snapshot(tensors, json.loads(json.dumps(snapshot.facts))))
        raise Stop

    first = loop_of(document, hand := Hand({50: cut}))
    with pytest.raises(Stop):
        first.train()
    second = loop_of(document, again := Hand({}))
    second.restore(kept[0])
    second.train()
    assert hand.heard + again.heard == whole
