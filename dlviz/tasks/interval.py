"""How sure a test figure is: 95 % confidence intervals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dlviz.core.values import Array

#: The normal distribution's 97.5 % point.
Z = 1.959963984540054


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927). Unlike the textbook's ± it stays between 0 and 1 and is of use
    with few examples, and when all are right."""
    if of == 0:
        return 0.0, 1.0
    share = right / of
    centre = share + Z * Z / (2 * of)
    half = Z * math.sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    whole = 1 + Z * Z / of
    return max(0.0, (centre - half) / whole), min(1.0, (centre + half) / whole)


def bootstrap(
    figure: Callable[[Array, Array], Array], predictions: Array, targets: Array, draws: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """The 95 % percentile interval of a figure of (predictions, targets) (Efron 1979): the examples are drawn anew
    with replacement, `draws` times. `figure` takes (draws, N) arrays and gives (draws,); the seed makes it repeatable.
    """
    chance = np.random.default_rng(seed)
    figures = []
    for start in range(0, draws, 100):  # a hundred at a time, so that large test parts fit in memory
        index = chance.integers(0, len(targets), (min(100, draws - start), len(targets)))
        figures.append(figure(predictions[index], targets[index]))
    low, high = np.nanquantile(np.concatenate(figures), (0.025, 0.975))
    return float(low), float(high)
