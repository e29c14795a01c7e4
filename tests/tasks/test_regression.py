"""Regression: learned in standard units, told in the target's own."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from dlviz.core.values import Scalar, Vector
from dlviz.datasets.data import Examples, Fields
from dlviz.network.build import build
from dlviz.network.graph import Graph
from dlviz.tasks.regression import Regression, r2
from dlviz.tasks.starters import graph
from dlviz.tasks.task import forward_all
from tests.tasks.support import NUMBER, ROW, data, networks, trained

FIELDS = Fields({"row": Vector(names=("a",))}, {"price": Scalar()})
LINE = graph([{"name": "input", "kind": "Input"}, {"name": "output", "kind": "Linear", "out_features": 1}])


def line(train: Examples | None = None, weight: float = 2.0, bias: float = 0.5):  # type: ignore[no-untyped-def]
    """y = 2x + ½ in standard units."""
    network = build(LINE, {"row": (1,)}, (1,))
    with torch.no_grad():
        network.output.weight.fill_(weight)
        network.output.bias.fill_(bias)
    Regression().prepare({"model": network}, FIELDS, train)
    return network


TRAIN = Examples({"row": torch.zeros(2, 1), "price": torch.tensor([90.0, 110.0])}, torch.arange(2))  # 100 ± 10


def test_a_network_answers_in_the_targets_units() -> None:
    network = line(TRAIN)
    assert network(torch.tensor([[1.0]])).item() == pytest.approx(100 + 10 * 2.5)


@pytest.mark.parametrize(("loss", "expected"), [("mse", 2.5), ("mae", 1.5), ("huber", (1.5 + 0.125) / 2)])
def test_the_loss_is_in_standard_units(loss: str, expected: float) -> None:
    batch = {"row": torch.tensor([[0.0], [1.0]]), "price": torch.tensor([100.0, 105.0])}  # 105 and 125 predicted
    task = Regression.model_validate({"loss": loss})
    found = next(iter(task.losses({"model": line(TRAIN)}, batch, FIELDS)))
    errors = torch.tensor([0.5, 2.0])
    by_hand = {"mse": errors.square().mean(), "mae": errors.abs().mean(), "huber": (0.125 + 1.5) / 2}
    assert float(found.value.detach()) == pytest.approx(float(by_hand[loss]))
    assert float(found.value.detach()) == pytest.approx({"mse": 2.125, "mae": 1.25, "huber": 0.8125}[loss])
    assert found.outputs is not None and found.outputs.tolist() == pytest.approx([105, 125])


def test_a_checkpoint_brings_the_units_back() -> None:
    trained_one, restored = line(TRAIN), line(None, weight=0.0, bias=0.0)
    restored.load_state_dict(trained_one.state_dict())
    x = torch.tensor([[3.0]])
    assert torch.equal(restored(x), trained_one(x))


def test_a_deep_copy_keeps_the_units() -> None:
    network = line(TRAIN)
    assert torch.equal(copy.deepcopy(network)(torch.ones(1, 1)), network(torch.ones(1, 1)))


def test_the_units_are_not_learned() -> None:
    assert {name for name, _ in line(TRAIN).named_parameters()} == {"output.weight", "output.bias"}


def test_a_layer_may_be_called_units() -> None:
    named = graph([{"name": "input", "kind": "Input"}, {"name": "units", "kind": "Linear", "out_features": 1}])
    network = build(named, {"row": (1,)}, (1,))
    Regression().prepare({"model": network}, FIELDS, TRAIN)
    assert abs(network(torch.zeros(1, 1)).item() - 100) < 20
    assert next(iter(Regression().losses({"model": network}, TRAIN.columns, FIELDS))).value > 0


def test_a_target_that_never_changes_does_no_harm() -> None:
    same = Examples({"row": torch.zeros(2, 1), "price": torch.tensor([7.0, 7.0])}, torch.arange(2))
    assert line(same)(torch.zeros(1, 1)).item() == pytest.approx(7.5)


def test_bfloat16_does_not_round_large_targets() -> None:
    network = line(TRAIN, weight=0.0, bias=0.03125)
    with torch.autocast("cpu", torch.bfloat16):
        assert network(torch.ones(1, 1)).item() == pytest.approx(100.3125)


def test_large_targets_are_learned_as_fast_as_small_ones() -> None:
    some = data(ROW, NUMBER)
    task = Regression()
    linear: dict[str, Graph] = task.starters(some.fields)["Linear model"]
    made = networks(task, some.fields, some.train, linear)
    trained(task, made, some, steps=300, lr=0.05)
    outputs = forward_all(task, made, some.test, some.fields)
    found = task.result(outputs, some.test, some.train, some.fields)
    assert found is not None and found.value > 0.999  # 1000 + 50 x is a line


def test_metrics_in_the_targets_units() -> None:
    predicted, true = torch.tensor([1.0, 2.0, 6.0]), torch.tensor([1.0, 4.0, 4.0])
    found = {}
    for name, metric in Regression().metrics(FIELDS).items():
        metric.update(*Regression().measured(predicted, {"price": true}, FIELDS))
        found[name] = float(metric.compute())
    # squared errors 0, 4, 4; the target's squared distances from its mean 3 are 4, 1, 1
    assert found == pytest.approx({"r2": 1 - 8 / 6, "mae": 4 / 3, "rmse": (8 / 3) ** 0.5})
    assert r2(predicted.numpy()[None], true.numpy()[None]) == pytest.approx([1 - 8 / 6])


def test_the_result_is_repeatable_and_compared_with_the_mean_of_the_training_part() -> None:
    chance = np.random.default_rng(0)
    true = torch.from_numpy(chance.normal(100, 10, 80).astype(np.float32))
    test = Examples({"price": true}, torch.arange(80))
    predicted = true + torch.from_numpy(chance.normal(0, 5, 80).astype(np.float32))
    found = Regression().result(predicted, test, TRAIN, FIELDS)
    assert found == Regression().result(predicted, test, TRAIN, FIELDS)
    assert found is not None and found.low < found.value < found.high
    assert found.high - found.low < 0.4
    assert found.baseline == pytest.approx(0, abs=0.05) and found.baseline <= 0
