"""Confidence intervals against published numbers."""

from __future__ import annotations

import numpy as np
import pytest

from dlviz.tasks.interval import bootstrap, wilson


def test_wilson_known_values() -> None:
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0000, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_wilson_at_its_ends() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(20, 20)
    assert high == 1.0 and low == pytest.approx(1 - 0.1611, abs=5e-5)


def test_the_bootstrap_of_a_mean_is_near_its_standard_error() -> None:
    chance = np.random.default_rng(1)
    sample = chance.normal(5, 2, 400)

    def mean(predictions: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return predictions.mean(-1)

    low, high = bootstrap(mean, sample, sample)
    half = 1.96 * sample.std() / 20
    assert (low, high) == pytest.approx((sample.mean() - half, sample.mean() + half), abs=0.1 * half)
    assert bootstrap(mean, sample, sample) == (low, high)
