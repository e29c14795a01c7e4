"""The split: shares to the nearest, every class in every part, nothing twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlviz.core.problems import WrongInput
from dlviz.datasets.split import split


@given(
    sizes=st.lists(st.integers(3, 60), min_size=1, max_size=12),
    validation=st.floats(0.05, 0.4),
    test=st.floats(0.05, 0.4),
    seed=st.integers(0, 9),
)
def test_each_row_once_and_each_class_everywhere(sizes: list[int], validation: float, test: float, seed: int) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    np.random.default_rng(seed).shuffle(labels)
    parts = split(len(labels), labels, validation=validation, test=test, seed=seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(labels)))
    for part in parts:
        assert set(labels[part]) == set(labels)
    for part, share in ((parts.validation, validation), (parts.test, test)):
        wanted = round(share * len(labels))
        # Only classes too small for their share, which give one each or keep one, can move the sum.
        small = sum(size * share < 1 or size < 6 for size in sizes)
        assert abs(len(part) - wanted) <= max(1, small)


@pytest.mark.parametrize("count", [100, 101, 333, 1797])
def test_shares_are_right_to_the_nearest(count: int) -> None:
    parts = split(count, validation=0.15, test=0.2)
    assert (len(parts.validation), len(parts.test)) == (round(count * 0.15), round(count * 0.2))
    many = split(100 * 10, np.repeat(np.arange(100), 10), validation=0.15, test=0.15)
    assert (len(many.validation), len(many.test)) == (150, 150)  # 1.5 of each class: not 2 of each


def test_the_test_part_does_not_depend_on_the_validation_share() -> None:
    labels = np.arange(300) % 3
    a, b = (split(300, labels, validation=share, test=0.2, seed=5) for share in (0.1, 0.3))
    assert a.test.tolist() == b.test.tolist()


def test_a_share_of_zero_makes_an_empty_part() -> None:
    parts = split(50, validation=0.2, test=0)
    assert [len(part) for part in parts] == [40, 10, 0]


def test_too_small_a_class_is_refused() -> None:
    with pytest.raises(WrongInput, match="a class with 2"):
        split(12, np.array([0] * 10 + [1] * 2))
    with pytest.raises(WrongInput, match="less than 1"):
        split(12, validation=0.5, test=0.5)
