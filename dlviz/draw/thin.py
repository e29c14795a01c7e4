"""Fewer points, the same curve: more than a screen is wide are never sent. What is smoothed or averaged is so over all
points, not over those that are left: the extremes that draw a curve well would give a wrong mean."""

from __future__ import annotations

import math

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


def averaged(numbers: Array, most: int) -> Array:
    """The means of at most `most` stretches of equal length; numbers that are not finite do not count."""
    stretches = np.array_split(np.asarray(numbers, dtype=float), max(min(most, len(numbers)), 1))
    finite = [stretch[np.isfinite(stretch)] for stretch in stretches]
    return np.array([stretch.mean() if len(stretch) else np.nan for stretch in finite])


def smoothed(numbers: Array, weight: float) -> Array:
    """The exponential mean with the bias of its start taken out, as TensorBoard draws it: each number counts `weight`
    times as much as the one after it. What is not finite stays a gap. Kingma & Ba 2015, section 3, for the bias."""
    result, mean, count = np.full(len(numbers), np.nan), 0.0, 0
    for at, value in enumerate(np.asarray(numbers, dtype=float).tolist()):
        if math.isfinite(value):
            mean = weight * mean + (1 - weight) * value
            count += 1
            result[at] = mean / (1 - weight**count) if weight else value
    return result
