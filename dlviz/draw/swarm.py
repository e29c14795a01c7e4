"""Swarm: every example's attribution, feature by feature."""

from __future__ import annotations

from html import escape
from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Array, Swarm, Value
from dlviz.draw import palette
from dlviz.draw.drawing import draws, plain
from dlviz.draw.shades import labels, shades

MOST = 20
#: Dots that lie in one such part of the width stand beside each other.
_PLACES = 90
#: How many dots beside each other fill a row; more are drawn closer.
_FULL = 9
#: What each third of the values is called in the legend.
_SAID = {"low": "small value", "middle": "middling", "high": "large value", "has no order": "a word"}


def _told_swarm(value: Value) -> str:
    kind, data = cast(Swarm, value.kind), np.asarray(value.data, dtype=float)
    sizes = np.abs(data).mean(0)
    order = [int(at) for at in np.argsort(-sizes)[:3]]
    named = ", ".join(f"{kind.names[at]} {written.number(float(sizes[at]))}" for at in order)
    return (
        f"{written.count(len(data), 'example')}, {written.count(len(kind.names), 'feature')}; most on average: {named}."
    )


@draws(Swarm, _told_swarm)
def swarm(value: Value, dark: bool) -> go.Figure:
    """A row of dots for each feature, one an example, at its attribution; shape and shade say how large the feature
    was. Where many lie at one place they stand above each other."""
    kind = cast(Swarm, value.kind)
    ground = palette.ground(dark)
    data = np.nan_to_num(np.asarray(value.data, dtype=float))[:, :MOST]
    sizes = value.more.get("values")
    large = np.full(data.shape, np.nan) if sizes is None else np.asarray(sizes, dtype=float)[:, :MOST]
    low, high = float(min(data.min(), 0)), float(max(data.max(), 0))
    span = high - low or 1.0
    up = np.stack([beside(data[:, column], low, span) for column in range(data.shape[1])], axis=1)
    rows = np.arange(data.shape[1]) + up
    names = np.broadcast_to(np.array([escape(name) for name in kind.names[:MOST]]), data.shape)
    made = plain(dark, 96 + 44 * data.shape[1])
    for shade in shades(large.ravel(), dark):
        made.add_scatter(
            x=data.ravel()[shade.at], y=rows.ravel()[shade.at], mode="markers", name=_SAID[shade.name],
            marker={**shade.marker, "size": 7}, customdata=names.ravel()[shade.at],
            hovertemplate="%{customdata}<br><b>%{x:+.3g}</b><extra></extra>",
        )  # fmt: skip
    made.update_xaxes(
        range=[low - 0.05 * span, high + 0.05 * span], title={"text": escape(kind.title)}, zeroline=True,
        zerolinecolor=ground.faint, zerolinewidth=1.5, nticks=6,
    )  # fmt: skip
    made.update_yaxes(
        tickvals=np.arange(data.shape[1]), ticktext=labels(kind.names[:MOST]), range=[data.shape[1] - 0.5, -0.5],
        showgrid=False, zeroline=False, ticklabelstandoff=6,
    )  # fmt: skip
    made.update_layout(legend={"y": 1.0, "yanchor": "bottom", "traceorder": "reversed"}, showlegend=sizes is not None)
    return made


def beside(numbers: Array, low: float, span: float) -> Array:
    """How far up or down each dot of one row moves, so that dots of one place do not hide each other: 0 for the first
    of a place, then by turns above and below, within 0.4."""
    place = ((numbers - low) / span * _PLACES).round().astype(int)
    moved = np.zeros(len(numbers))
    for one in np.unique(place):
        at = np.flatnonzero(place == one)
        turn = np.arange(len(at))
        away = (turn + 1) // 2 * np.where(turn % 2, 1, -1)
        moved[at] = away * min(0.8 / _FULL, 0.8 / len(at))
    return moved
