"""Sparks: series as small pictures of a line each, to choose one by."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from dlviz.core.values import Array

#: Height and width of such a picture; it is drawn so many times larger and made smaller, so that the line is smooth.
HEIGHT, WIDTH, _FINER, _MARGIN = 64, 96, 3, 5


def sparks(series: Array) -> Array:
    """The first series of each window (N, channels, steps) as a picture (N, 1, HEIGHT, WIDTH), 0 to 1: a bright line on
    a dark ground, from its least to its greatest value."""
    drawn = [_one(np.nan_to_num(np.asarray(window[0], dtype=float))) for window in series]
    return np.stack(drawn)[:, None] if drawn else np.zeros((0, 1, HEIGHT, WIDTH))


def _one(numbers: Array) -> Array:
    size = (WIDTH * _FINER, HEIGHT * _FINER)
    sheet = Image.new("L", size, 20)
    span = float(np.ptp(numbers)) or 1.0
    x = np.linspace(_MARGIN * _FINER, size[0] - _MARGIN * _FINER, len(numbers))
    y = size[1] - _MARGIN * _FINER - (numbers - numbers.min()) / span * (size[1] - 2 * _MARGIN * _FINER)
    if not np.ptp(numbers):
        y = np.full(len(numbers), size[1] / 2)
    ImageDraw.Draw(sheet).line(
        list(zip(x.tolist(), y.tolist(), strict=True)), fill=235, width=2 * _FINER, joint="curve"
    )
    return np.asarray(sheet.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), dtype=float) / 255
