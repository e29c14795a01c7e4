"""Toy2d: the points lie where the pattern says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlviz.datasets.data import Data
from dlviz.datasets.toy2d import Toy2d


def whole(pattern: Any, noise: float = 0, size: int = 800) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    data: Data = Toy2d(pattern=pattern, noise=noise, size=size).load(2)
    parts = (data.train, data.validation, data.test)
    target = next(iter(data.fields.targets))
    points = np.concatenate([part.columns["point"].numpy() for part in parts])
    assert points.shape == (size, 2)
    return points, np.concatenate([part.columns[target].numpy() for part in parts])


def test_patterns_without_noise_can_be_told_apart() -> None:
    points, labels = whole("circles")
    assert ((np.hypot(*points.T) > 1.5) == labels).all()
    points, labels = whole("xor")
    assert ((points.prod(axis=1) < 0) == labels).all()
    points, labels = whole("gaussians")
    assert ((points.sum(axis=1) < 0) == labels).mean() > 0.99
    for pattern in ("moons", "spiral"):
        points, labels = whole(pattern)
        distance = np.linalg.norm(points[:, None] - points[None], axis=2)
        np.fill_diagonal(distance, np.inf)
        assert (labels[distance.argmin(axis=1)] == labels).all()


def test_the_ring_has_eight_gaussians() -> None:
    points, labels = whole("ring", size=1600)
    centers = np.stack([points[labels == label].mean(axis=0) for label in range(8)])
    np.testing.assert_allclose(np.hypot(*centers.T), 2, atol=0.02)
    np.testing.assert_allclose(np.bincount(labels), 200)
    assert all(points[labels == label].std() < 2 for label in range(8))


def test_numbers_follow_their_formula() -> None:
    points, values = whole("plane")
    np.testing.assert_allclose(values, points.sum(axis=1) / 5, atol=1e-6)
    points, values = whole("gaussian-surface")
    near = np.hypot(points[:, 0] - 1.7, points[:, 1] - 1) < 0.2
    assert near.any() and (values[near] > 0.7).all() and values.min() < -0.5


@pytest.mark.parametrize("pattern", ["circles", "spiral", "plane"])
def test_noise_moves_things(pattern: Any) -> None:
    calm, noisy = whole(pattern), whole(pattern, 0.5)
    assert not np.allclose(calm[0], noisy[0]) or not np.allclose(calm[1], noisy[1])
