"""Attributions: what spoke for and against a decision, over whatever was decided about."""

from __future__ import annotations

from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Array, Attribution, Value
from dlviz.draw import (
    attributions_columns,
    attributions_picture,
    attributions_spectrogram,
    attributions_text,
    attributions_time,
)
from dlviz.draw.drawing import draws


def _told(value: Value) -> str:
    kind, over = cast(Attribution, value.kind), cast(Attribution, value.kind).lies_over()
    numbers = np.nan_to_num(np.asarray(value.data, dtype=float))
    if kind.names:
        flat = numbers.ravel()
        order = [int(index) for index in np.argsort(-np.abs(flat))[:3]]
        parts = [f"{kind.names[index]} {'for' if flat[index] > 0 else 'against'} it" for index in order]
        return "Most weight: " + ", ".join(parts) + "."
    while numbers.ndim > 3:
        numbers = numbers[0]
    total = float(np.abs(numbers).sum()) or 1.0
    share = float(np.clip(numbers, 0, None).sum()) / total
    plane = np.abs(numbers).sum(axis=0) if numbers.ndim == 3 else np.atleast_2d(np.abs(numbers))
    if over in ("series", "sound"):
        where = attributions_time.told(value, plane)
    elif over == "spectrogram":
        where = attributions_spectrogram.told(value, plane)
    else:
        where = _region(plane)
    above = "speaks for the target" if kind.sides[0] == "for" else f"says “{kind.sides[0]}”"
    return f"{written.percent(share)} of the weight {above}; most of it lies {where}."


def _region(plane: Array) -> str:
    """Where most of a plane's weight lies, in words."""
    weight = plane.sum() or 1.0
    y = float((plane.sum(axis=1) * np.arange(plane.shape[0])).sum() / weight) / max(plane.shape[0] - 1, 1)
    x = float((plane.sum(axis=0) * np.arange(plane.shape[1])).sum() / weight) / max(plane.shape[1] - 1, 1)
    upright = "at the top" if y < 0.4 else "at the bottom" if y > 0.6 else "in the middle"
    across = " left" if x < 0.4 else " right" if x > 0.6 else ""
    return upright + across


@draws(Attribution, _told)
def attribution(value: Value, dark: bool) -> go.Figure:
    """A picture's as a map over it, a table's as bars, a text's in the text itself, a series' and a sound's under their
    line, a spectrogram's as a map with seconds and pitches."""
    return {
        "columns": attributions_columns.bars,
        "text": attributions_text.marked,
        "series": attributions_time.lines,
        "sound": attributions_time.lines,
        "spectrogram": attributions_spectrogram.heard,
        "picture": attributions_picture.map_over,
    }[cast(Attribution, value.kind).lies_over()](value, dark)
