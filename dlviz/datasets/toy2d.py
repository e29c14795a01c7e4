"""Toy2d: points of the plane, made by formula."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from dlviz.core.setting import setting
from dlviz.core.values import Category, Kind, Scalar, Vector
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.split import split
from dlviz.datasets.vector_encoder import VectorEncoder

Floats = NDArray[np.float64]
Pattern = Literal["circles", "xor", "gaussians", "spiral", "moons", "ring", "plane", "gaussian-surface"]
_RING = 8


class Toy2d(Dataset):
    """Points of the plane in a pattern, to see how a network bends its decision to fit.

    After TensorFlow Playground's data sets; the ring of Gaussians is the usual test of a GAN's modes.
    All lie within about -3 to 3.
    """

    title: ClassVar[str] = "Points in the plane"
    pattern: Pattern = setting(
        "circles", "How the points lie. plane and gaussian-surface ask for a number, the others for a class."
    )
    noise: float = setting(
        0.1, "How far points stray from the pattern. More: classes mix, harder to learn.", ge=0, le=1
    )
    size: int = setting(1000, "How many points in all. More: the pattern is clearer.", ge=40, le=100_000)

    def describe(self, seed: int = 0) -> Fields:
        return Fields({"point": Vector(names=("x", "y"))}, {self._name(): self._target()}, self.size)

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        points, target = self._made(np.random.default_rng([seed, 0x70D2]))
        labels = target if target.dtype.kind == "i" else None
        parts = split(len(points), labels, seed=seed)
        column = torch.from_numpy(points.astype(np.float32))
        answer = torch.from_numpy(target if labels is not None else target.astype(np.float32))

        def examples(index: NDArray[np.int64]) -> Examples:
            rows = torch.from_numpy(index)
            return Examples({"point": column[rows], self._name(): answer[rows]}, rows)

        return Data(
            fields=self.describe(seed),
            train=examples(parts.train),
            validation=examples(parts.validation),
            test=examples(parts.test),
            encoders={"point": VectorEncoder(names=("x", "y"))},
        )

    def _name(self) -> str:
        return "value" if self.pattern in ("plane", "gaussian-surface") else "label"

    def _target(self) -> Kind:
        if self._name() == "value":
            return Scalar()
        if self.pattern == "ring":
            return Category(names=tuple(f"Gaussian {number + 1}" for number in range(_RING)))
        return Category(names=("A", "B"))

    def _made(self, random: np.random.Generator) -> tuple[Floats, NDArray[np.generic]]:
        """(points (N, 2), labels (N,) int64 or values (N,) float64)."""
        n, noise = self.size, self.noise
        labels = np.arange(n) % 2  # both classes, whatever the size
        stray = random.normal(size=(n, 2))
        if self.pattern == "circles":
            radius = np.where(labels == 0, random.uniform(0, 1.25, n), random.uniform(1.75, 2.5, n))
            return _polar(radius, random.uniform(0, 2 * np.pi, n)) + noise * stray, labels
        if self.pattern == "spiral":
            along = np.sqrt(random.uniform(0.01, 1, n))  # even along the arm
            return _polar(2.5 * along, 1.75 * 2 * np.pi * along + np.pi * labels) + noise * stray, labels
        if self.pattern == "moons":
            angle = random.uniform(0, np.pi, n)
            x = np.where(labels == 0, np.cos(angle), 1 - np.cos(angle)) - 0.5
            y = np.where(labels == 0, np.sin(angle), 0.5 - np.sin(angle)) - 0.25
            return np.stack([x, y], axis=1) * 1.5 + noise * stray, labels
        if self.pattern == "gaussians":
            center = np.where(labels == 0, 1.25, -1.25)[:, None]
            return center + (0.4 + noise) * stray, labels
        if self.pattern == "ring":
            which = np.arange(n) % _RING
            return _polar(np.full(n, 2.0), 2 * np.pi * which / _RING) + (0.02 + noise) * stray, which
        if self.pattern == "xor":
            points = random.uniform(0.15, 2.5, (n, 2)) * np.where(random.integers(0, 2, (n, 1)) == 0, 1.0, -1.0)
            points[:, 1] *= np.where(labels == 0, 1.0, -1.0)  # A: both signs equal
            return points + noise * stray, labels
        points = random.uniform(-2.5, 2.5, (n, 2))
        if self.pattern == "plane":
            return points, points.sum(axis=1) / 5 + noise * stray[:, 0]
        return points, _hills(points) + noise * stray[:, 0]


def _polar(radius: Floats, angle: Floats) -> Floats:
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)


def _hills(points: Floats) -> Floats:
    """Hills of height 1 and hollows of -1, the nearest one deciding, as in TensorFlow Playground."""
    centers = [(-1.7, 1.0, 1), (0.0, 1.0, -1), (1.7, 1.0, 1), (-1.7, -1.0, -1), (0.0, -1.0, 1), (1.7, -1.0, -1)]
    heights = [s * np.clip(1 - np.hypot(points[:, 0] - x, points[:, 1] - y) / 0.85, 0, None) for x, y, s in centers]
    table = np.stack(heights, axis=1)
    picked: Floats = table[np.arange(len(table)), np.abs(table).argmax(axis=1)]
    return picked
