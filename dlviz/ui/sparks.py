"""Sparks: series as small pictures of a line each, music as small piano rolls, to choose one by."""

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


def rolls(notes: Array) -> Array:
    """Pieces of music (N, notes, 4), as `Notes` has them, as pictures (N, 1, HEIGHT, WIDTH), 0 to 1: bright bars on a
    dark ground, time to the right, pitch upwards, over the pitches and the time of each piece."""
    drawn = [_roll(piece[piece[:, 2] >= 0]) for piece in notes]
    return np.stack(drawn)[:, None] if drawn else np.zeros((0, 1, HEIGHT, WIDTH))


def _roll(notes: Array) -> Array:
    sheet = np.full((HEIGHT, WIDTH), 20 / 255)
    if not len(notes):
        return sheet
    low, end = int(notes[:, 2].min()), int((notes[:, 0] + notes[:, 1]).max())
    rows, room = int(np.ptp(notes[:, 2])) + 1, HEIGHT - 2 * _MARGIN
    thick = max(2, room // max(rows, 12))
    for start, length, pitch, _ in notes.tolist():
        left, right = (round(at / max(end, 1) * WIDTH) for at in (start, start + length))
        top = _MARGIN + round((rows - 1 - (pitch - low)) / max(rows - 1, 1) * (room - thick))
        sheet[top : top + thick, left : max(left + 1, right - 1)] = 235 / 255
    return sheet


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
