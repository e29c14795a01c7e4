"""Importance of columns against networks of which it is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from table_stand_ins import TOWN, Formula, data, found, inquiry, linear, made, normal, numbers, towns

from dlviz.core.values import Audio, Bars, Category, Image, Scalar, Series, Swarm, Tokens
from dlviz.datasets.data import Fields
from dlviz.studies.columns import columns_of
from dlviz.studies.related import related
from dlviz.tasks.classification import Classification

YES = Category(names=("no", "yes"))


def importance(finding: object) -> dict[str, float]:
    return finding.numbers["importance"]  # type: ignore[attr-defined, no-any-return]


def test_a_column_that_the_network_does_not_use_costs_nothing() -> None:
    weights = torch.tensor([2.0, 0.0, 1.0])
    rows = normal(400, 3)
    finding = found("PermutationImportance", inquiry(linear(weights), numbers(rows, rows @ weights + 1)), repeats=5)
    cost = importance(finding)
    assert cost["b"] == 0 and finding.numbers["figure"] == "r2"
    # a shuffled column errs by w(x - x'), of which the mean square is 2 w² var(x); R² falls by that over var(y)
    y = float((rows @ weights).var())
    assert cost["a"] == pytest.approx(2 * 4 * float(rows[:, 0].var()) / y, rel=0.1)
    assert cost["c"] == pytest.approx(2 * 1 * float(rows[:, 2].var()) / y, rel=0.1)
    (value,) = finding.shown
    assert isinstance(value.kind, Bars) and value.kind.names == ("a", "c", "b")
    assert (value.more["low"] <= value.data).all() and (value.data <= value.more["high"]).all()


def test_the_positions_of_a_category_are_shuffled_together() -> None:
    """A network that breaks down where a row is not exactly one word."""
    rows = towns(120)
    worth = torch.tensor([1.0, 5.0, 2.0])
    network = Formula(lambda x: torch.where(x[:, 2:5].sum(1) == 1, x[:, 2:5] @ worth, 1e6))
    among = data(rows, TOWN.vector(), rows[:, 2:5] @ worth, Scalar(), {"x": TOWN})
    cost = importance(found("PermutationImportance", inquiry(network, among), repeats=3))
    assert cost["age"] == 0 and cost["day"] == 0 and 1 < cost["town"] < 3


def test_columns_that_say_the_same_are_shuffled_together_where_asked() -> None:
    rows = normal(300, 3)
    rows[:, 1] = rows[:, 0]
    among = numbers(rows, (rows[:, 0] > 0).long(), YES)
    network = Formula(lambda x: torch.stack([torch.zeros(len(x)), torch.maximum(x[:, 0], x[:, 1])], 1))
    apart = importance(found("PermutationImportance", inquiry(network, among), repeats=4))
    joined = importance(found("PermutationImportance", inquiry(network, among), repeats=4, together=0.9))
    assert set(joined) == {"a + b", "c"} and joined["a + b"] == pytest.approx(0.5, abs=0.1)
    assert apart["a"] < 0.3 and apart["b"] < 0.3 and joined["c"] == 0


def test_columns_are_related_through_others() -> None:
    rows = normal(500, 4)
    rows[:, 1] = -rows[:, 0] + 0.3 * rows[:, 1]
    rows[:, 2] = rows[:, 1] + 0.3 * rows[:, 2]
    among = numbers(rows, rows[:, 0])
    columns = columns_of(among.fields, {}, rows)
    assert related(columns, 0.9) == [[0, 1, 2], [3]]
    assert related(columns, 0.999) == [[0], [1], [2], [3]]


def test_loss_tells_what_the_metric_does_not() -> None:
    """A column that says how sure one may be, but never changes the decision."""
    rows = normal(300, 2)
    right = torch.sign(rows[:, 0])
    targets = torch.where(rows[:, 1].abs() < 0.5, -right, right)  # where b is small, a misleads
    among = numbers(rows, (targets > 0).long(), YES)
    network = Formula(lambda x: torch.stack([0 * x[:, 0], 4 * torch.sign(x[:, 0]) * x[:, 1].abs()], 1))
    assert importance(found("PermutationImportance", inquiry(network, among), repeats=2))["b"] == 0
    finding = found("PermutationImportance", inquiry(network, among), repeats=2, measured="loss")
    assert importance(finding)["a"] > importance(finding)["b"] > 0.3 and finding.numbers["figure"] == "loss"


@pytest.mark.parametrize("kind", [Image(channels=1, height=14, width=14), Series(names=("u", "v"), steps=48)])
def test_of_pictures_and_series_it_is_the_place_that_counts(kind: Image | Series) -> None:
    chance = torch.Generator().manual_seed(0)
    inputs = torch.rand(200, *kind.shape(), generator=chance)
    flat = inputs.flatten(1)
    where = 5 * 14 + 3 if isinstance(kind, Image) else 48 + 20  # row 5, column 3; the second channel at step 20
    network = Formula(lambda x: torch.stack([0.5 - x.flatten(1)[:, where], x.flatten(1)[:, where] - 0.5], 1))
    among = data(inputs, kind, (flat[:, where] > 0.5).long(), YES)
    (value,) = found("PermutationImportance", inquiry(network, among), repeats=2).shown
    assert value.data.shape == kind.shape() and value.more["input"].shape == kind.shape()
    hot = np.argwhere(value.data > 0)
    if isinstance(kind, Image):
        assert hot[:, 1:].tolist() == [[4, 2], [4, 3], [5, 2], [5, 3]]
    else:
        assert hot.tolist() == [[1, 20], [1, 21]]


def test_what_has_no_places_is_not_shuffled() -> None:
    study = made("PermutationImportance")
    for kind in (Tokens(vocabulary=("", "a"), length=4), Audio(rate=10, samples=20)):
        why = study.why_not(Classification(), {}, Fields({"x": kind}, {"y": YES}))
        assert why and why.endswith("MeanAttribution tells what counts.")


def test_the_summary_of_a_linear_network() -> None:
    """w · (x - E[x]) of each row, ranks beside them, and the mean of their sizes."""
    weights = torch.tensor([1.0, -3.0, 0.0, 0.5])
    rows = normal(60, 4)
    finding = found("ShapSummary", inquiry(linear(weights), numbers(rows, rows @ weights)), background=60)
    swarm, bars = finding.shown
    assert isinstance(swarm.kind, Swarm) and swarm.kind.names == bars.kind.names == ("b", "a", "d", "c")  # type: ignore[attr-defined]
    known = (weights * (rows - rows.mean(0))).numpy()
    np.testing.assert_allclose(swarm.data, known[:, [1, 0, 3, 2]], atol=1e-4)
    np.testing.assert_allclose(bars.data, np.abs(known).mean(0)[[1, 0, 3, 2]], atol=1e-4)
    order = rows[:, 1].argsort().numpy()
    np.testing.assert_allclose(swarm.more["values"][order, 0], np.linspace(0, 1, 60), atol=1e-6)
    assert "the larger it is, the lower" in finding.says
    assert list(importance(finding)) == ["a", "b", "c", "d"]


def test_words_have_no_order_in_a_swarm() -> None:
    rows = towns(42)
    among = data(rows, TOWN.vector(), rows[:, 2], Scalar(), {"x": TOWN})
    network = linear(torch.tensor([0.1, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0]))
    swarm, _ = found("ShapSummary", inquiry(network, among), rows=42).shown
    assert swarm.kind.names == ("town", "age", "day")  # type: ignore[attr-defined]
    assert np.isnan(swarm.more["values"][:, 0]).all() and not np.isnan(swarm.more["values"][:, 2]).any()
