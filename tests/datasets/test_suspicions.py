"""Warnings: there where something is wrong, and silent where nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from dlviz.datasets.split import split
from dlviz.datasets.suspicions import imbalance, leaks, repeated


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(5)


def test_imbalance() -> None:
    assert imbalance(np.repeat([0, 1], [50, 60]), ("a", "b")) == []
    (said,) = imbalance(np.repeat([0, 1], [90, 10]), ("a", "b"))
    assert "`a` has 90 examples, `b` has 10" in said and "90%" in said


def test_repeats_are_counted_by_part() -> None:
    parts = split(100)
    assert repeated(list(range(100)), parts) == []
    rows = list(range(100))
    rows[parts.test[0]] = rows[parts.test[1]] = int(parts.train[0])
    (said,) = repeated(rows, parts)
    assert "2 of 15 test rows" in said and "validation" not in said


def test_a_column_that_gives_a_class_away(random: np.random.Generator) -> None:
    labels = random.integers(0, 3, 400)
    columns = {
        "as words": np.array([2, 0, 1])[labels],
        "as a number": labels * 10 + random.normal(0, 0.1, 400),
        "by a threshold in the middle": np.where(labels == 1, 0.0, random.choice([-1.0, 1.0], 400)),
        "close": labels + random.normal(0, 0.5, 400),
        "noise": random.normal(size=400),
        "words": random.integers(0, 5, 400),
        "gaps": np.full(400, np.nan),
    }
    found = leaks(columns, labels, split(400, labels))
    assert [said.split("`")[1] for said in found] == ["as words", "as a number"]


def test_where_a_value_is_missing_may_give_the_class_away(random: np.random.Generator) -> None:
    labels = random.integers(0, 2, 300)
    column = np.where(labels == 1, np.nan, random.normal(size=300))
    assert len(leaks({"cause of death": column}, labels, split(300, labels))) == 1


def test_columns_that_give_a_number_away(random: np.random.Generator) -> None:
    parts = split(500)
    a, b, c = random.normal(size=(3, 500)) * 20
    group = random.integers(0, 4, 500)
    (said,) = leaks({"a": a, "b": b, "c": c}, a + b, parts)
    assert "`a` and `b` together" in said or "`b` and `a` together" in said
    assert "`c`" not in said
    (said,) = leaks({"a": a, "b": b, "copy": c * 2.2 + 30}, c + random.normal(0, 0.1, 500), parts)
    assert "`copy` alone" in said
    (said,) = leaks({"group": group, "c": c}, group * 3.0 + random.normal(0, 0.01, 500), parts)
    assert "`group` alone" in said
    assert leaks({"a": a, "c": c}, a + random.normal(0, 3, 500), parts) == []


def test_honest_data_is_not_suspected(random: np.random.Generator) -> None:
    for seed in range(20):
        own = np.random.default_rng(seed)
        labels = own.integers(0, 2, 200)
        columns = {str(i): own.normal(size=200) + labels for i in range(10)}
        assert leaks(columns, labels, split(200, labels, seed=seed)) == []
