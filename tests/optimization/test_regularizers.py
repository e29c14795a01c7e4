"""The regularizers: their gradients are those of the penalties they stand for."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from dlviz.core.values import Category, Scalar, Vector
from dlviz.optimization.regularizers.gradient_clipping import GradientClipping
from dlviz.optimization.regularizers.l1 import L1
from dlviz.optimization.regularizers.l2 import L2
from dlviz.optimization.regularizers.label_smoothing import LabelSmoothing

X = torch.linspace(-1, 1, 12).reshape(4, 3)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))


@pytest.mark.parametrize("part", [L1(strength=0.3), L2(strength=0.3)], ids=["L1", "L2"])
def test_a_penalty_equals_its_own_gradient_by_autograd(part: L1 | L2) -> None:
    by_hand, by_part = network(), network()
    weights = [by_hand[0].weight, by_hand[2].weight]  # not the biases, not the normalisation
    penalty = sum(w.abs().sum() if isinstance(part, L1) else w.square().sum() / 2 for w in weights)
    (by_hand(X).square().mean() + 0.3 * penalty).backward()
    by_part(X).square().mean().backward()
    before = [p.detach().clone() for p in by_part.parameters()]
    part.gradients(list(by_part.parameters()))
    for expected, found, old in zip(by_hand.parameters(), by_part.parameters(), before, strict=True):
        torch.testing.assert_close(found.grad, expected.grad)
        assert torch.equal(found, old)  # the weights themselves stay


@pytest.mark.parametrize("part", [L1(), L2(), GradientClipping()], ids=lambda part: part.kind())
def test_parameters_without_a_gradient_are_passed_over(part: L1 | L2 | GradientClipping) -> None:
    weight = nn.Parameter(torch.ones(2, 2))
    part.gradients([weight])
    assert weight.grad is None


def with_gradient(*numbers: float) -> nn.Parameter:
    weight = nn.Parameter(torch.zeros(len(numbers)))
    weight.grad = torch.tensor(numbers)
    return weight


def test_clipping_by_norm_keeps_the_direction() -> None:
    weights = [with_gradient(3.0), with_gradient(0.0, 4.0)]  # of length 5
    GradientClipping(by="norm", limit=1.0).gradients(weights)
    found = torch.cat([w.grad for w in weights if w.grad is not None])
    torch.testing.assert_close(found, torch.tensor([0.6, 0.0, 0.8]))


def test_clipping_leaves_short_gradients() -> None:
    weights = [with_gradient(0.3, -0.4)]
    GradientClipping(by="norm", limit=1.0).gradients(weights)
    assert weights[0].grad is not None
    torch.testing.assert_close(weights[0].grad, torch.tensor([0.3, -0.4]))


def test_clipping_by_value_cuts_each_number() -> None:
    weights = [with_gradient(3.0, -0.2, -5.0)]
    GradientClipping(by="value", limit=0.5).gradients(weights)
    assert weights[0].grad is not None
    torch.testing.assert_close(weights[0].grad, torch.tensor([0.5, -0.2, -0.5]))


def test_label_smoothing() -> None:
    targets = {"label": Category(names=("a", "b", "c", "d"))}
    batch = {"label": torch.tensor([2, 0])}
    found = LabelSmoothing(amount=0.2).batch(batch, targets, torch.Generator())["label"]
    torch.testing.assert_close(found, torch.tensor([[0.05, 0.05, 0.85, 0.05], [0.85, 0.05, 0.05, 0.05]]))
    assert batch["label"].tolist() == [2, 0]
    # what mix-up has softened already is softened further, and still sums to 1
    again = LabelSmoothing(amount=0.2).batch({"label": found}, targets, torch.Generator())["label"]
    torch.testing.assert_close(again.sum(1), torch.ones(2))


def test_label_smoothing_says_that_a_number_is_no_class() -> None:
    inputs = {"row": Vector(names=("a",))}
    assert LabelSmoothing().why_not(inputs, {"price": Scalar()})
    assert LabelSmoothing().why_not(inputs, {"label": Category(names=("a", "b"))}) is None
