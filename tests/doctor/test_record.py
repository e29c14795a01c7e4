"""Columns of numbers with known answers; what stands in files may be damaged."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dlviz.doctor import redraw
from dlviz.doctor.curve import Curve
from dlviz.doctor.examine import examine
from dlviz.doctor.progress import stuck, way
from dlviz.doctor.record import Record
from dlviz.doctor.words import number, percent


def test_a_curve_keeps_the_numbers_in_the_order_of_steps() -> None:
    curve = Curve.of("loss", [(3, 1.0), (1, 3.0), (2, math.nan), (2, "x"), (None, 1.0), (2, 2.0), (4, True)])
    assert curve.steps.tolist() == [1, 2, 3] and curve.values.tolist() == [3, 2, 1]
    assert curve.last == 1 and curve.first() == 2 and curve.late() == 2


def test_noise_is_what_strays_from_a_straight_line() -> None:
    steps = np.arange(2000.0)
    assert Curve("line", steps, 5 - 0.01 * steps).noise() < 1e-9
    strayed = 5 - 0.01 * steps + 0.3 * np.random.default_rng(0).normal(size=2000)
    assert Curve("strayed", steps, strayed).noise() == pytest.approx(0.3, rel=0.1)


def test_a_running_mean() -> None:
    assert Curve("x", np.arange(4.0), np.array([1.0, 3.0, 5.0, 7.0])).smooth(2).tolist() == [1, 2, 4, 6]


def test_what_is_shown_is_thin_and_keeps_its_ends() -> None:
    shown = Curve("x", np.arange(5000.0), np.arange(5000.0)).document()
    assert len(shown["steps"]) == 200 and shown["steps"][0] == 0 and shown["steps"][-1] == 4999


def test_a_record_sorts_what_was_written() -> None:
    spec = {"networks": {"model": [{"name": "late", "kind": "Linear"}, {"name": "early", "kind": "Linear"}]}}
    events = [
        {"type": "train", "step": 1, "loss": 2.0, "lr": 0.1, "epoch": 0.1},
        {"type": "epoch", "step": 2, "epoch": 1, "train.loss": 1.0, "validation.accuracy": 0.5, "seconds": 3},
        {"type": "mark", "step": 2, "text": "paused"},
    ]
    signals = [{"step": 1, "epoch": 0.1, "dead.model.early": 0.5, "dead.model.late": 0.25, "update.model.early": None}]
    record = Record.of(spec, events, signals)
    assert record.loss.values.tolist() == [2.0] and set(record.losses) == {"loss", "lr"}
    assert set(record.figures) == {"train.loss", "validation.accuracy"}
    assert list(record.by_layer("dead")) == ["model.late", "model.early"]  # as the network has them
    assert record.by_layer("update") == {}


@pytest.mark.parametrize(
    "spec",
    [{}, {"networks": None}, {"networks": {"model": None}, "training": None, "optimization": None, "task": None},
     {"networks": {"model": [3, {"kind": "ReLU"}]}, "optimization": {"optimizer": {}, "regularizers": None}}],
)  # fmt: skip
def test_nothing_is_said_of_what_is_not_known(spec: dict[str, Any]) -> None:
    report = examine(Record(spec))
    assert report.diagnoses == () and report.skipped
    events = [{"type": "train", "step": step, "loss": "x"} for step in range(50)] + [{"type": "epoch", "step": None}]
    assert examine(Record.of(spec, events, [{"step": 1, "gradient.": 1.0}])).diagnoses == ()


NODES: redraw.Nodes = [
    {"name": "input", "kind": "Input", "inputs": []},
    {"name": "a", "kind": "Linear", "out_features": 8, "inputs": ["input"]},
    {"name": "bend", "kind": "Sigmoid", "inputs": ["a"]},
    {"name": "b", "kind": "Linear", "out_features": 8, "inputs": ["bend"]},
    {"name": "bend2", "kind": "Sigmoid", "inputs": ["b"]},
    {"name": "out", "kind": "Linear", "out_features": "auto", "inputs": ["bend2"]},
    {"name": "end", "kind": "Sigmoid", "inputs": ["out"]},
]


def _chain(nodes: redraw.Nodes | None) -> list[str]:
    assert nodes is not None
    return [f"{node['kind']}({','.join(node['inputs'])})" for node in nodes]


def test_inner_activations_are_replaced_and_the_last_one_stays() -> None:
    kinds = [node["kind"] for node in redraw.with_bends(NODES, redraw.SQUASHING, "ReLU") or []]
    assert kinds == ["Input", "Linear", "ReLU", "Linear", "ReLU", "Linear", "Sigmoid"]
    assert redraw.with_bends(NODES, redraw.RECTIFYING, "LeakyReLU") is None


def test_layers_are_put_between_others() -> None:
    normal = _chain(redraw.normalised(NODES))
    assert normal[2:4] == ["BatchNorm1d(a)", "Sigmoid(norm_a)"] and len(normal) == 9
    dropped = _chain(redraw.with_dropout(NODES))
    assert dropped[3:5] == ["Dropout(bend)", "Linear(dropout_a)"]
    short = redraw.shortcut(NODES)
    assert _chain(short)[5:7] == ["Add(bend2,bend)", "Linear(add_b)"]
    deep = _chain(redraw.deepened(NODES))
    assert deep[-4:] == ["Linear(bend2)", "ReLU(hidden)", "Linear(relu)", "Sigmoid(out)"]
    assert redraw.normalised(redraw.normalised(NODES) or []) is None


def test_all_but_the_last_layer_grow() -> None:
    sizes = [node["out_features"] for node in redraw.widened(NODES) or [] if node["kind"] == "Linear"]
    assert sizes == [32, 32, "auto"]
    assert [node["out_features"] for node in NODES if node["kind"] == "Linear"] == [8, 8, "auto"]  # untouched


def test_layers_are_taken_out() -> None:
    assert _chain(redraw.without(NODES, ("Sigmoid",))) == ["Input()", "Linear(input)", "Linear(a)", "Linear(b)"]


def _loud(accuracy: float) -> Record:
    """Ten epochs of a loss three times that of knowing nothing, and an accuracy that stays as it is."""
    facts = {"primary": "accuracy", "baseline": {"loss": 0.7, "figure": "accuracy", "value": 0.5}}
    steps = [{"type": "train", "step": step, "loss": 2.1 + 20 * (step in (9, 10))} for step in range(1, 41)]
    epochs = [{"type": "epoch", "step": 4 * at, "validation.accuracy": accuracy} for at in range(1, 11)]
    spec = {"optimization": {"optimizer": {"kind": "SGD", "lr": 5.0}}}
    return Record.of(spec, [*steps, *epochs], facts=facts)


def test_a_high_loss_is_no_standstill_where_the_metric_tells_otherwise() -> None:
    assert way(_loud(0.5)) == 0 and stuck(_loud(0.5))
    assert way(_loud(0.9)) == pytest.approx(0.8) and not stuck(_loud(0.9))
    told = {share: examine(_loud(share)).diagnoses[0] for share in (0.5, 0.9)}
    assert {each.kind for each in told.values()} == {"LearningRateTooHigh"}
    assert told[0.5].severity == "severe" and "nothing was learned" in told[0.5].sentence
    assert told[0.9].severity == "warning" and "much was learned (accuracy 0.9" in told[0.9].sentence


def test_rows_that_repeat_by_nature_are_but_a_hint() -> None:
    def said(within: float) -> str:
        facts = {"input": "row", "duplicates": {"count": 22, "of": 100, "within": within}}
        return examine(Record({}, facts=facts)).diagnoses[0].severity

    assert (said(0.0), said(0.3)) == ("warning", "hint")
    copies, kinds = (
        Record({}, facts={"input": "row", "duplicates": {"count": 90, "of": 100, "within": 0.95, "times": times}})
        for times in (2.0, 30.0)
    )
    assert [examine(each).diagnoses[0].severity for each in (copies, kinds)] == ["severe", "hint"]


def test_one_low_batch_is_no_valley_that_was_left() -> None:
    def said(epochs: list[float]) -> list[str]:
        steps = [{"type": "train", "step": at, "loss": 0.05 if at == 1 else 0.6} for at in range(1, 101)]
        whole = [{"type": "epoch", "step": 20 * at, "train.loss": loss} for at, loss in enumerate(epochs, 1)]
        facts = {"baseline": {"loss": 1.0, "figure": "r2", "value": 0.0}}
        spec = {"optimization": {"optimizer": {"kind": "SGD", "lr": 1.0}}}
        return [each.sentence for each in examine(Record.of(spec, [*steps, *whole], facts=facts)).diagnoses]

    assert said([0.8, 0.7, 0.6, 0.6, 0.6]) == []
    assert "had come down to 0.2 and rose again to 0.65:" in said([0.8, 0.2, 0.6, 0.6, 0.7])[0]


def test_a_loss_that_is_a_sum_has_longer_gradients() -> None:
    def said(loss: float) -> list[str]:
        steps = [{"type": "train", "step": at, "loss": loss} for at in range(1, 41)]
        epochs = [{"type": "epoch", "step": 10 * at, "train.r2": 0.5} for at in range(1, 5)]
        torn = _torn("Adam", 0.001)
        signals = [{"step": 1, "gradient.model.a": 200.0, "weight.model.a": 2.0}]
        record = Record.of(torn.spec, [*steps, *epochs], signals)
        return [each.kind for each in examine(record).diagnoses]

    assert said(0.5) == ["ExplodingGradients"]  # half of 1 is left
    assert said(100.0) == []  # half of 200: a gradient of 100 weights is half of one weight for each


def test_a_class_without_training_examples_is_a_matter_of_the_parts() -> None:
    def said(train: list[int]) -> list[tuple[str, str]]:
        classes = {"names": ["a", "b"], "train": train, "validation": [50, 50]}
        seen = [{"step": step, "predicted": [100, 0], "right": [50, 0]} for step in (1, 2, 3)]
        report = examine(Record({}, facts={"classes": classes}, seen=tuple(seen)))
        return [(each.kind, each.severity) for each in report.diagnoses]

    assert said([500, 0]) == [("PartMismatch", "severe")]
    assert said([500, 10]) == [("UnbalancedClasses", "severe"), ("PartMismatch", "warning")]


def test_a_loss_of_whole_epochs_that_falls_is_no_plateau() -> None:
    chance = np.random.default_rng(0).normal(size=400)

    def said(last: float) -> list[str]:
        steps = [{"type": "train", "step": at, "loss": 2.0 if at <= 40 else 1.0 + 0.3 * chance[at - 1]}
                 for at in range(1, 401)]  # fmt: skip
        epochs = [{"type": "epoch", "step": 100 * at, "train.loss": loss} for at, loss in
                  enumerate((1.5, 1.02, 1.0, last), 1)]  # fmt: skip
        return [each.kind for each in examine(Record.of({}, [*steps, *epochs])).diagnoses]

    assert said(0.999) == ["Plateau"]
    assert said(0.9) == []


def _torn(kind: str, lr: float, **more: Any) -> Record:
    """A layer whose gradient is 100 times as long as its weights, in a network that learns all the same."""
    nodes = [{"name": "a", "kind": "Linear", "out_features": 4}]
    spec = {"networks": {"model": nodes}, "optimization": {"optimizer": {"kind": kind, "lr": lr}, **more}}
    signals = [{"step": step, "gradient.model.a": 200.0, "weight.model.a": 2.0} for step in (1, 2, 3)]
    return Record.of(spec, [], signals)


def test_a_long_gradient_is_told_by_what_it_does() -> None:
    plain, scaled = (examine(_torn(kind, 0.01)).diagnoses[0] for kind in ("SGD", "Adam"))
    assert "a step of learning rate 0.01 along it is 1 times as long" in plain.sentence  # 0.01 · 100
    assert scaled.severity == "warning" and "step" not in scaled.sentence  # Adam divides by the gradients' size
    clipped = examine(_torn("SGD", 0.01, regularizers=[{"kind": "GradientClipping", "limit": 1.0}])).diagnoses[0]
    assert clipped.severity == "hint" and "clipping" in clipped.sentence
    assert all("lip gradients" not in cure.title for cure in clipped.cures)  # what is done is not offered again


def test_shares_and_numbers_in_sentences() -> None:
    assert [percent(share) for share in (0.437, 0.052, 0.0031, 1.0, 1e-9)] == ["44 %", "5.2 %", "0.3 %", "100 %", "0 %"]
    assert number(3.76e-09) == "0" and number(-2.6612) == "-2.66"
