"""Spectrograms for the eye: a small picture of a sound. No torch in here, so that pages can draw it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlviz.core.values import Array, Image

#: Height and width of such a picture.
BANDS, COLUMNS = 48, 96
#: What is so many decibels below the loudest place is black.
_DEPTH = 60.0
_WINDOW = 0.032


def kind_of_picture() -> Image:
    """What `spectrograms` gives."""
    return Image(channels=1, height=BANDS, width=COLUMNS)


def spectrograms(sounds: Array, rate: int) -> Array:
    """Sounds (N, samples) as pictures (N, 1, BANDS, COLUMNS) from 0 (silent) to 1 (the loudest place of each): time to
    the right, pitch upwards, on the mel scale."""
    made = [_one(np.asarray(sound, dtype=np.float32), rate) for sound in sounds]
    return np.stack(made)[:, None] if made else np.zeros((0, 1, BANDS, COLUMNS), np.float32)


def _one(sound: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    width = 2 ** max(4, round(np.log2(_WINDOW * rate)))
    padded = np.pad(sound, width // 2)
    middles = np.linspace(0, len(sound) - 1, COLUMNS).round().astype(int)
    frames = padded[middles[:, None] + np.arange(width)[None]] * np.hanning(width).astype(np.float32)
    power = np.abs(np.fft.rfft(frames)) ** 2  # (COLUMNS, width // 2 + 1)
    top = 2595 * np.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, BANDS + 1) / 2595) - 1) * width / rate  # in bins
    middle = (edges[:-1] + edges[1:]) / 2
    at = np.arange(power.shape[1])
    # a band as narrow as a bin is read between the bins, a wide one is the mean of those in it
    sums = np.concatenate([np.zeros((COLUMNS, 1)), np.cumsum(power, axis=1)], axis=1)
    low, high = np.ceil(edges[:-1]).astype(int), np.ceil(edges[1:]).astype(int)
    wide = high - low
    means = (sums[:, high] - sums[:, low]) / np.maximum(wide, 1)
    between = np.stack([np.interp(middle, at, column) for column in power])
    bands = np.where(wide > 1, means, between)
    loudest = float(bands.max())
    if loudest <= 0:
        return np.zeros((BANDS, COLUMNS), np.float32)
    decibels = 10 * np.log10(np.maximum(bands / loudest, 1e-12))
    return np.ascontiguousarray(np.clip(1 + decibels.T[::-1] / _DEPTH, 0, 1), dtype=np.float32)
