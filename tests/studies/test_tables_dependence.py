"""Partial dependence against networks of which it is known, and the columns it goes along."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from table_stand_ins import TOWN, Formula, data, found, inquiry, linear, normal, numbers, towns

from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Curves, Scalar
from dlviz.studies.columns import columns_of


def test_the_slope_of_a_linear_network_is_its_weight() -> None:
    weights = torch.tensor([3.0, 0.0, -2.0])
    rows = normal(300, 3)
    finding = found("PartialDependence", inquiry(linear(weights), numbers(rows, rows @ weights)), rows=100)
    names = [value.kind.x_title for value in finding.shown]  # type: ignore[attr-defined]
    assert names == ["a", "c", "b"]  # by how much a single answer moves
    for value, weight in zip(finding.shown, (3.0, -2.0, 0.0), strict=True):
        assert isinstance(value.kind, Curves) and value.kind.names[0] == "mean" and set(value.kind.names[1:]) == {""}
        slopes = np.diff(value.data, axis=1) / np.diff(value.more["x"])
        np.testing.assert_allclose(slopes, weight, atol=1e-4)  # of the mean and of every single row
    assert finding.says.startswith("Of all columns, a moves the y (m) most: up from")
    assert "side by side" in finding.shown[0].note


def test_the_mean_is_friedmans() -> None:
    """Of x₁² + x₂ over the rows asked about: x₁² + mean(x₂)."""
    rows = normal(150, 2)
    among = numbers(rows, rows[:, 0])
    (value,) = found(
        "PartialDependence", inquiry(Formula(lambda x: x[:, 0] ** 2 + x[:, 1]), among), column="a", rows=150
    ).shown
    np.testing.assert_allclose(value.data[0], value.more["x"] ** 2 + float(rows[:, 1].mean()), atol=1e-4)
    lowest, highest = float(rows[:, 0].min()), float(rows[:, 0].max())
    assert value.more["x"][[0, -1]].tolist() == pytest.approx([lowest, highest], abs=1e-4)


def test_lines_that_cross_tell_of_another_column() -> None:
    """x₁·x₂: the mean is flat, single rows are not, and both columns are found to matter."""
    rows = normal(400, 3)
    rows[200:, 1] = -rows[:200, 1]
    among = numbers(rows, rows[:, 0])
    finding = found("PartialDependence", inquiry(Formula(lambda x: x[:, 0] * x[:, 1]), among), rows=400)
    matters = {name: column["matters"] for name, column in finding.numbers["columns"].items()}  # type: ignore[attr-defined]
    assert matters["a"] > 0.5 and matters["b"] > 0.5 and matters["c"] == 0
    first = next(value for value in finding.shown if value.kind.x_title == "a")  # type: ignore[attr-defined]
    assert np.abs(first.data[0]).max() < 0.05 and np.ptp(first.data[1:], axis=1).mean() > 1
    assert "different courses" in first.note


def test_centred_lines_begin_at_0() -> None:
    rows = normal(50, 2)
    among = numbers(rows, rows[:, 0])
    (value,) = found("PartialDependence", inquiry(linear(torch.ones(2)), among), column="a", centred=True).shown
    assert (value.data[:, 0] == 0).all() and value.kind.y_title == "change of the y (m)"  # type: ignore[attr-defined]


def test_words_dates_and_gaps_are_the_owners() -> None:
    rows = towns(84)
    worth = torch.tensor([0.0, 0.0, 1.0, 5.0, 2.0, 0.0, 0.0])
    among = data(rows, TOWN.vector(), rows @ worth, Scalar(unit="€"), {"x": TOWN})
    age, town, day = columns_of(among.fields, among.encoders, rows)
    assert (age.holds, town.holds, day.holds) == ("number", "words", "date")
    assert (age.places, town.places, day.places) == ((0, 1), (2, 3, 4), (5, 6))
    assert np.isnan(age.order[6]) and age.cells[6] == "" and age.order[0] == 20
    assert np.nanmin(age.ranks()) == 0 and np.nanmax(age.ranks()) == 1 and np.isnan(town.ranks()).all()
    assert day.cells[0] == "2024-01-01" and (np.diff(day.order[day.grid(5)[0]]) > 0).all()
    finding = found("PartialDependence", inquiry(linear(worth), among))
    value = finding.shown[0]
    assert value.kind.x_title == "town"  # type: ignore[attr-defined]
    assert dict(zip(value.more["words"], value.data[0], strict=True)) == pytest.approx(
        {"Bonn": 2, "Kiel": 6, "Ulm": 3}, abs=1e-5
    )
    assert "up to 6 for “Kiel” and down to 2 for “Bonn”" in finding.says


def test_of_classes_it_is_the_probability() -> None:
    rows = normal(60, 2)
    among = numbers(rows, (rows[:, 0] > 0).long(), Category(names=("no", "yes")))
    network = Formula(lambda x: torch.stack([torch.zeros(len(x)), 2 * x[:, 0]], 1))
    (value,) = found("PartialDependence", inquiry(network, among, target=1), column="a").shown
    np.testing.assert_allclose(value.data[0], 1 / (1 + np.exp(-2 * value.more["x"])), atol=1e-5)
    assert value.kind.y_title == "probability of “yes”"  # type: ignore[attr-defined]


def test_a_column_that_is_not_there_is_named() -> None:
    rows = normal(20, 2)
    with pytest.raises(WrongInput, match="must be one of the table's. Received: 'z'. Known: a, b"):
        found("PartialDependence", inquiry(linear(torch.ones(2)), numbers(rows, rows[:, 0])), column="z")
