"""Fewer points, the same curve: more than a screen is wide are never sent."""

from __future__ import annotations

import numpy as np

from dlviz.core.values import Array


def kept(numbers: Array, most: int) -> Array:
    """The positions of at most about `most` numbers that draw the same curve: of each stretch the lowest and the
    highest, and both ends."""
    many = len(numbers)
    if many <= most:
        return np.arange(many)
    shown = np.where(np.isfinite(numbers), numbers, 0.0)
    positions = {0, many - 1}
    for stretch in np.array_split(np.arange(many), max(most // 2 - 1, 1)):
        positions.update((int(stretch[shown[stretch].argmin()]), int(stretch[shown[stretch].argmax()])))
    return np.array(sorted(positions))
