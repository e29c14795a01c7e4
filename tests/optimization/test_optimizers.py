"""The optimizers' first steps against their formulas, worked by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.optimization.optimizers.optimizer import Optimizer


def steps(document: dict[str, object], gradients: list[float], start: float = 1.0) -> list[float]:
    """Where one weight stands after each step."""
    part = Optimizer.parse(document)
    assert part is not None
    weight = nn.Parameter(torch.tensor([start]))
    optimizer = part.make([weight])
    seen = []
    for gradient in gradients:
        weight.grad = torch.tensor([float(gradient)])
        optimizer.step()
        seen.append(weight.item())
    return seen


def test_sgd() -> None:
    assert steps({"kind": "SGD", "lr": 0.1}, [2, 4]) == pytest.approx([0.8, 0.4])


def test_momentum() -> None:
    # v = 2, then 0.5 · 2 + 2 = 3
    assert steps({"kind": "SGD", "lr": 0.1, "momentum": 0.5}, [2, 2]) == pytest.approx([0.8, 0.5])


def test_nesterov() -> None:
    # v = 2: step g + 0.5 v = 3; v = 3: step 2 + 1.5 = 3.5
    assert steps({"kind": "SGD", "lr": 0.1, "momentum": 0.5, "nesterov": True}, [2, 2]) == pytest.approx([0.7, 0.35])


def test_weight_decay_is_added_to_the_gradient() -> None:
    assert steps({"kind": "SGD", "lr": 0.1, "weight_decay": 0.5}, [2]) == pytest.approx([1 - 0.1 * 2.5])


@pytest.mark.parametrize("gradient", [1e-3, 5.0, -700.0])
def test_adams_first_step_is_the_learning_rate(gradient: float) -> None:
    expected = 1 - math.copysign(0.01, gradient)
    assert steps({"kind": "Adam", "lr": 0.01}, [gradient]) == pytest.approx([expected], abs=1e-6)


def test_adamw_shrinks_the_weight_whatever_the_gradient() -> None:
    found = steps({"kind": "AdamW", "lr": 0.01, "weight_decay": 0.1}, [5.0])
    assert found == pytest.approx([1 * (1 - 0.01 * 0.1) - 0.01], abs=1e-6)


def test_rmsprop() -> None:
    # v = 0.25 · 4 = 1, so the step is lr · 2 / 1
    assert steps({"kind": "RMSprop", "lr": 0.1, "alpha": 0.75}, [2.0]) == pytest.approx([0.8])


def test_adagrad() -> None:
    # s = 9, step 3/3; s = 25, step 4/5
    assert steps({"kind": "Adagrad", "lr": 0.1}, [3.0, 4.0]) == pytest.approx([0.9, 0.82])


@pytest.mark.parametrize(
    ("settings", "place", "words"),
    [
        ({"nesterov": True}, "optimizers.nesterov", "momentum above 0"),
        ({"nesterov": True, "momentum": 0.9, "dampening": 0.1}, "optimizers.dampening", "must be 0 with nesterov"),
        ({"lr": 0}, "optimizers.lr", "more than 0"),
        ({"momentum": 1.0}, "optimizers.momentum", "less than 1"),
    ],
)
def test_what_does_not_go_together_is_refused(settings: dict[str, object], place: str, words: str) -> None:
    with pytest.raises(WrongInput) as caught:
        Optimizer.parse({"kind": "SGD", **settings})
    (problem,) = caught.value.problems
    assert problem.place == place
    assert words in problem.message and "Received" in problem.message
