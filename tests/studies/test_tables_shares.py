"""Shapley's numbers of a table: truth tables, pairs, clouds, waterfalls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np
import pytest
import torch
from table_stand_ins import TOWN, Formula, data, found, inquiry, linear, normal, numbers, towns
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Bars, Category, Cloud, Matrix, Scalar, Waterfall
from dlviz.explainers.explainer import Question
from dlviz.explainers.shap import How, Shap
from dlviz.explainers.shapley import everything
from dlviz.studies import interaction_index
from dlviz.tasks.regression import Regression

TRUTH = [
    pytest.param(lambda x: x[:, 0] * x[:, 1], (1, 1, 0), (0.5, 0.5, 0), id="and"),  # the third is a null player
    pytest.param(lambda x: (x[:, 0] - x[:, 1]).abs(), (1, 0, 1), (1, 0, 0), id="exclusive or"),
    pytest.param(lambda x: x[:, :3].amax(1), (1, 1, 1), (1 / 3, 1 / 3, 1 / 3), id="or"),
]


def shares(
    how: How, formula: Callable[[Tensor], Tensor], x: Tensor, background: Tensor, evaluations: int = 500
) -> Array:
    among = numbers(background, background[:, 0])
    question = Question(Regression(), {"model": Formula(formula)}, among, {"x": x[None]}, 0)
    method = Shap(how=how, background=len(background), evaluations=evaluations)
    return method.explain(question, lambda done, of: None).values


@pytest.mark.parametrize("how", ["exact", "kernel", "permutation"])
@pytest.mark.parametrize(("formula", "inputs", "known"), TRUTH)
def test_truth_tables(
    how: How, formula: Callable[[Tensor], Tensor], inputs: Sequence[float], known: Sequence[float]
) -> None:
    """Shapley's own examples, everything unknown being 0. Orders drawn by chance come near for three that depend on
    each other, and are exact for pairs."""
    found = shares(how, formula, torch.tensor(inputs, dtype=torch.float32), torch.zeros(1, 3), 5000)
    drawn = how == "permutation" and len(set(known)) == 1
    np.testing.assert_allclose(found, known, atol=0.03 if drawn else 1e-6)
    assert found.sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("how", ["exact", "kernel", "permutation", "auto"])
def test_every_way_agrees_with_the_definition(how: How) -> None:
    """The mean over all orders of what each column adds when its turn comes; the background is real."""
    background, x = normal(20, 4), torch.tensor([1.0, -1.0, 2.0, 0.5])

    def formula(rows: Tensor) -> Tensor:
        return rows[:, 0] * rows[:, 1] + torch.relu(rows[:, 2]) + 0.5 * rows[:, 2] * rows[:, 0]

    def worth(known: set[int]) -> float:
        mixed = background.clone()
        mixed[:, list(known)] = x[list(known)]
        return float(formula(mixed).mean())

    orders = list(permutations(range(4)))
    expected = np.zeros(4)
    for order in orders:
        for place, column in enumerate(order):
            expected[column] += worth({*order[: place + 1]}) - worth({*order[:place]})
    found = shares(how, formula, x, background)
    np.testing.assert_allclose(found, expected / len(orders), atol=1e-5)
    assert found[3] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("how", ["kernel", "permutation", "auto"])
def test_many_columns_of_a_linear_network(how: How) -> None:
    background, weights = normal(30, 20), torch.arange(20) / 10.0
    found = shares(how, lambda rows: rows @ weights, background[3], background, 50)
    np.testing.assert_allclose(found, (weights * (background[3] - background.mean(0))).numpy(), atol=1e-4)


def test_ways_that_cannot_be_gone_are_refused() -> None:
    with pytest.raises(WrongInput, match="at most 12 columns, which are 4,096 sets. Received a table of 13"):
        shares("exact", lambda rows: rows[:, 0], torch.zeros(13), torch.zeros(2, 13))


def test_the_index_of_a_product_and_of_a_sum() -> None:
    """Everything unknown being 0: x₁·x₂ at (1, 1) has an index of 1, x₃ adds up with both."""
    every = everything(3).astype(float)
    assert every.shape == (8, 3) and (every @ [1, 2, 4]).tolist() == list(range(8))
    product = interaction_index.exact(every[:, 0] * every[:, 1] + 5 * every[:, 2], 3)
    np.testing.assert_allclose(product, [[0, 1, 0], [1, 0, 0], [0, 0, 0]], atol=1e-12)
    three = interaction_index.exact(every.prod(1), 3)  # the mean over no third and the third: ½
    np.testing.assert_allclose(three, 0.5 * (1 - np.eye(3)), atol=1e-12)
    either = interaction_index.exact(every.max(1), 3)  # one makes the other useless where the third is not there
    np.testing.assert_allclose(either, -0.5 * (1 - np.eye(3)), atol=1e-12)


def test_sets_drawn_by_chance_come_near_the_index() -> None:
    weights = np.random.default_rng(0).normal(size=(6, 6))

    def game(known: Array) -> Array:
        return np.asarray(np.tanh(known @ weights).sum(1))

    exact = interaction_index.exact(game(everything(6).astype(float)), 6)
    drawn = interaction_index.sampled(game, 6, [4, 0, 2], 3000, np.random.default_rng(1))
    np.testing.assert_allclose(drawn, exact[np.ix_([4, 0, 2], [4, 0, 2])], atol=0.05)


@pytest.mark.parametrize("width", [4, 15])
def test_pairs_of_a_network(width: int) -> None:
    """x₁·x₂ + x₃ over a background of zeros: each row's own product, and nothing else; all sets, or some of them."""
    rows = normal(40, width)
    among = numbers(torch.zeros_like(rows), rows[:, 0])
    held = numbers(rows, rows[:, 0])
    among = type(among)(among.fields, among.train, held.validation, held.test, {})
    network = Formula(lambda x: x[:, 0] * x[:, 1] + 3 * x[:, 2])
    finding = found("ShapInteraction", inquiry(network, among), rows=10, columns=4)
    matrix, bars = finding.shown
    assert isinstance(matrix.kind, Matrix) and isinstance(bars.kind, Bars) and matrix.kind.rows == bars.kind.names
    at = {name: place for place, name in enumerate(matrix.kind.rows)}
    chosen = rows[torch.randperm(40, generator=torch.Generator().manual_seed(0))[:10]]
    product = float((chosen[:, 0] * chosen[:, 1]).abs().mean())
    assert matrix.data[at["a"], at["b"]] == matrix.data[at["b"], at["a"]] == pytest.approx(product, abs=1e-4)
    assert matrix.data[at["a"], at["c"]] == pytest.approx(0, abs=1e-4) and not matrix.data.diagonal().any()
    assert bars.data[at["c"]] == pytest.approx(3 * float(chosen[:, 2].abs().mean()), abs=1e-3)
    assert bars.data[at["a"]] == pytest.approx(0, abs=1e-3)
    assert "a and b do most together" in finding.says or "b and a do most together" in finding.says


def test_a_sum_has_no_pairs() -> None:
    rows = normal(40, 3)
    finding = found("ShapInteraction", inquiry(linear(torch.ones(3)), numbers(rows, rows[:, 0])), rows=5)
    assert finding.shown[0].data.max() < 1e-5 and finding.says.startswith("No two columns")


def test_a_cloud_shows_what_decides_about_a_column() -> None:
    """In x₁·x₂ the share of x₁ is torn apart by x₂, and by nothing else."""
    rows = normal(300, 3)
    network = Formula(lambda x: x[:, 0] * (1 + x[:, 1]))
    asked = inquiry(network, numbers(rows, rows[:, 0]))
    finding = found("ShapDependence", asked, column="a", rows=200, background=100)
    (value,) = finding.shown
    assert isinstance(value.kind, Cloud) and value.kind.color_title == "b" and value.data.shape == (200, 2)
    assert float(finding.numbers["told"]) > 0.8  # type: ignore[arg-type]
    assert value.more["words"][0].startswith("b = ")
    known = value.data[:, 0] + 0.5 * (value.data[:, 0] * value.more["color"])  # its share with E[x] = 0
    assert np.corrcoef(known, value.data[:, 1])[0, 1] > 0.95


def test_a_cloud_of_a_column_that_acts_alone_has_no_colour() -> None:
    rows = normal(200, 3)
    finding = found("ShapDependence", inquiry(linear(torch.tensor([1.0, 4.0, 2.0])), numbers(rows, rows[:, 0])))
    (value,) = finding.shown
    assert isinstance(value.kind, Cloud) and value.kind.x_title == "b" and not value.kind.color_title
    assert not value.more and "no other column" in finding.says
    slope = np.polyfit(*value.data.T, 1)[0]
    assert slope == pytest.approx(4, abs=1e-3)


def test_words_get_bars() -> None:
    rows = towns(60)
    network = linear(torch.tensor([0.0, 0.0, 1.0, 5.0, 3.0, 0.0, 0.0]))
    among = data(rows, TOWN.vector(), rows[:, 2], Scalar(), {"x": TOWN})
    (value,) = found("ShapDependence", inquiry(network, among), background=60).shown
    assert isinstance(value.kind, Bars) and value.kind.names == ("Kiel", "Ulm", "Bonn")
    np.testing.assert_allclose(value.data, [2, 0, -2], atol=1e-4)  # each town is as frequent


def test_a_waterfall_leads_from_the_mean_to_the_row() -> None:
    weights = torch.tensor([1.0, -5.0, 0.1, 0.2, 3.0])
    rows = normal(80, 5)
    asked = inquiry(linear(weights), numbers(rows, rows @ weights), index=7)
    finding = found("Waterfall", asked, bars=2, background=80)
    (value,) = finding.shown
    assert isinstance(value.kind, Waterfall)
    base, known = float((rows @ weights).mean() + 1), (weights * (rows[7] - rows.mean(0))).numpy()
    assert value.kind.base == pytest.approx(base, abs=1e-4)
    assert value.kind.base + value.data.sum() == pytest.approx(float(rows[7] @ weights + 1), abs=1e-4)
    order = np.argsort(-np.abs(known))
    np.testing.assert_allclose(value.data, [*known[order[:2]], known[order[2:]].sum()], atol=1e-4)
    assert value.kind.names[2] == "3 other columns"
    assert value.kind.names[0] == f"{'abcde'[order[0]]} = {float(rows[7, order[0]]):.6g}"


def test_a_waterfall_tells_the_cells_as_written() -> None:
    rows = towns(30)
    among = data(rows, TOWN.vector(), rows[:, 2], Category(names=("no", "yes")), {"x": TOWN})
    network = Formula(lambda x: torch.stack([x[:, 2], x[:, 3]], 1))
    finding = found("Waterfall", inquiry(network, among, target=1, index=6))
    assert set(finding.shown[0].kind.names) == {"town = Bonn", "age = (missing)", "day = 2024-07-07"}  # type: ignore[attr-defined]
    assert finding.says.startswith("The score of “yes” is ")
    against = found("Waterfall", inquiry(network, among, target=1, index=6, against=0))
    assert "score of “yes” against “no”" in against.says
