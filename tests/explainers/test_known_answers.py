"""Methods against answers that are known from theory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from stand_ins import COLOUR, NUMBER, ROW, Formula, Grouped, Linear, data, examples, explained, table
from torch import Tensor

from dlviz.core.values import Image, Vector
from dlviz.datasets.data import Data
from dlviz.explainers.explainer import Explainer


def method(kind: str, **settings: Any) -> Explainer:
    made = Explainer.parse({"kind": kind, **settings})
    assert made is not None
    return made


WIDE = Vector(names=tuple(f"f{number}" for number in range(20)))
SMALL = Image(channels=1, height=4, width=4)


def linear(kind: Vector | Image) -> tuple[Tensor, Linear, Data]:
    random = torch.Generator().manual_seed(1)
    weights = torch.randn(kind.shape(), generator=random)
    inputs = examples(kind, 30)
    return weights, Linear(weights), data(inputs, kind, NUMBER)


@pytest.mark.parametrize("kind", [WIDE, COLOUR], ids=["vector", "picture"])
@pytest.mark.parametrize("baseline", ["mean", "zero"])
def test_integrated_gradients_of_a_linear_network(kind: Vector | Image, baseline: str) -> None:
    """w · (x - b), and nothing is missing."""
    weights, network, among = linear(kind)
    x = among.test.columns["x"]
    b = x.mean(0) if baseline == "mean" else torch.zeros_like(x[0])
    found = explained(method("IntegratedGradients", baseline=baseline), network, x[3], among)
    np.testing.assert_allclose(found.values, (weights * (x[3] - b)).numpy(), atol=1e-6)
    assert found.gap == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("baseline", ["mean", "zero"])
def test_occlusion_of_a_linear_network(baseline: str) -> None:
    """Each pixel hidden alone: w · (x - b), summed over the channels and shared by them; each column likewise."""
    weights, network, among = linear(COLOUR)
    x = among.test.columns["x"]
    b = x.mean(0) if baseline == "mean" else torch.zeros_like(x[0])
    found = explained(method("Occlusion", window=1, stride=1, baseline=baseline), network, x[3], among)
    known = (weights * (x[3] - b)).sum(0, keepdim=True).expand(3, -1, -1) / 3
    np.testing.assert_allclose(found.values, known.numpy(), atol=4e-6)  # differences of float32 scores of about 10
    weights, network, among = linear(WIDE)
    x = among.test.columns["x"]
    b = x.mean(0) if baseline == "mean" else torch.zeros_like(x[0])
    found = explained(method("Occlusion", baseline=baseline), network, x[3], among)
    np.testing.assert_allclose(found.values, (weights * (x[3] - b)).numpy(), atol=2e-6)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (WIDE, {"evaluations": 3000}),
        (Vector(names=tuple("abcdefgh")), {}),
        (Vector(names=tuple(f"f{number}" for number in range(300))), {"evaluations": 50}),
        (Vector(names=("a",)), {}),
        (Vector(names=("a", "b")), {}),
        (SMALL, {"evaluations": 2000}),
    ],
    ids=["kernel", "kernel-exact", "wide", "one", "two", "partition"],
)
def test_shap_of_a_linear_network(kind: Vector | Image, settings: dict[str, Any]) -> None:
    """w · (x - E[x]), with the mean over the background (here the whole training part)."""
    weights, network, among = linear(kind)
    x = among.test.columns["x"]
    found = explained(method("Shap", background=100, **settings), network, x[3], among)
    np.testing.assert_allclose(found.values, (weights * (x[3] - x.mean(0))).numpy(), atol=2e-6)
    assert found.gap == pytest.approx(0, abs=1e-6)


def test_shap_of_a_colour_picture_shares_a_pixel_among_its_channels() -> None:
    kind = Image(channels=3, height=4, width=4)
    weights, network, among = linear(kind)
    x = among.test.columns["x"]
    found = explained(method("Shap", background=100, evaluations=2000), network, x[3], among)
    known = (weights * (x[3] - x.mean(0))).sum(0, keepdim=True).expand(3, -1, -1) / 3
    np.testing.assert_allclose(found.values, known.numpy(), atol=2e-6)


ZERO_OR_ONE = [(a, b, c) for a in (0.0, 1.0) for b in (0.0, 1.0) for c in (0.0, 1.0)]


@pytest.mark.parametrize(
    ("formula", "inputs", "shares"),
    [
        (lambda x: x[:, 0] * x[:, 1], (1, 1, 0), (0.5, 0.5, 0)),  # and; the third is a null player
        (lambda x: (x[:, 0] - x[:, 1]).abs(), (1, 0, 1), (1, 0, 0)),  # exclusive or
        (lambda x: x.amax(1), (1, 1, 1), (1 / 3, 1 / 3, 1 / 3)),  # or
    ],
    ids=["and", "xor", "or"],
)
def test_shap_of_truth_tables(
    formula: Callable[[Tensor], Tensor], inputs: Sequence[float], shares: Sequence[float]
) -> None:
    """Shapley's own examples, everything unknown being 0."""
    nothing = data(torch.zeros(1, 3), Vector(names=("a", "b", "c")), NUMBER)
    found = explained(method("Shap"), Formula(formula), torch.tensor(inputs, dtype=torch.float32), nothing)
    np.testing.assert_allclose(found.values, shares, atol=1e-6)


def test_a_category_is_one_player() -> None:
    """A network that looks at the word alone: the word's column gets everything, whichever position carries it."""
    rows = table(200)
    worth = torch.tensor([0.0, 1.0, 5.0, -2.0, 0.0])
    among = data(rows, ROW, NUMBER, {"x": Grouped()})
    network = Linear(worth)
    mean, here = (rows @ worth).mean(), rows[0] @ worth
    for name, tolerance in {"Shap": 1e-5, "IntegratedGradients": 1e-5, "Occlusion": 1e-5}.items():
        settings = {"background": 200} if name == "Shap" else {}
        found = explained(method(name, **settings), network, rows[0], among)
        np.testing.assert_allclose(found.values, [0, here - mean, 0], atol=tolerance)
    found = explained(method("Lime"), network, rows[0], among)
    others = rows[(rows[:, 1:4] != rows[0, 1:4]).any(1)] @ worth
    assert found.values[1] == pytest.approx(float(here - others.mean()), abs=0.15)  # it samples
    assert np.abs(found.values[[0, 2]]).max() < 0.15


def test_lime_finds_the_columns_of_a_linear_network() -> None:
    """Staying in the quarter of a column with a large weight matters in proportion to that weight."""
    names = tuple("abcd")
    x = torch.randn(2000, 4, generator=torch.Generator().manual_seed(0))
    among = data(x, Vector(names=names), NUMBER)
    weights = torch.tensor([3.0, 0.0, -2.0, 1.0])
    found = explained(method("Lime", samples=5000), Linear(weights), torch.full((4,), 2.0), among)
    top = float(x[x[:, 0] > x[:, 0].quantile(0.75), 0].mean() - x[x[:, 0] <= x[:, 0].quantile(0.75), 0].mean())
    np.testing.assert_allclose(found.values, weights.numpy() * top, atol=0.4)


def test_the_gap_of_integrated_gradients_tells_too_few_steps() -> None:
    x = torch.full((10, 2), 3.0)
    among = data(torch.zeros(10, 2), Vector(names=("a", "b")), NUMBER)
    network = Formula(lambda rows: torch.sigmoid(8 * rows.sum(1) - 4))
    coarse = explained(method("IntegratedGradients", n_steps=3), network, x[0], among)
    fine = explained(method("IntegratedGradients", n_steps=500), network, x[0], among)
    assert coarse.gap is not None and fine.gap is not None
    assert abs(coarse.gap) > 0.1 > 1e-3 > abs(fine.gap)
