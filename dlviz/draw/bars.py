"""Bars: numbers by name, with the range of each where it is known."""

from __future__ import annotations

from html import escape
from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Bars, Value
from dlviz.draw import palette
from dlviz.draw.drawing import draws, largest, plain
from dlviz.draw.shades import labels, short

#: Bars drawn at most.
MOST = 40


def _told_bars(value: Value) -> str:
    kind, numbers = cast(Bars, value.kind), np.asarray(value.data, dtype=float)
    order = [int(at) for at in np.argsort(-np.nan_to_num(numbers, nan=-np.inf))[:3]]
    named = ", ".join(f"{kind.names[at]} {written.number(float(numbers[at]))}" for at in order)
    return f"{written.count(len(numbers), 'bar')}; the longest: {named}."


@draws(Bars, _told_bars)
def bars(value: Value, dark: bool) -> go.Figure:
    """A bar for each name, in the given order from above; a thin line from `low` to `high`. Signed bars have two
    colours, and those below 0 are hatched."""
    kind = cast(Bars, value.kind)
    ground = palette.ground(dark)
    numbers = np.nan_to_num(np.asarray(value.data, dtype=float))[:MOST]
    low, high = (value.more.get(name) for name in ("low", "high"))
    ends = [numbers, *(np.asarray(end, dtype=float)[:MOST] for end in (low, high) if end is not None)]
    left, right = min(0.0, *(float(np.nanmin(end)) for end in ends)), max(0.0, *(float(np.nanmax(end)) for end in ends))
    span = right - left or largest(numbers)
    numbers = np.where(np.abs(numbers) < 1e-6 * span, 0.0, numbers)  # rounding is no number to be read
    rows = np.arange(len(numbers))
    negative = numbers < 0
    made = plain(dark, 76 + 28 * len(numbers), showlegend=False, bargap=0.3)
    error = None
    if low is not None and high is not None:
        error = {
            "type": "data", "symmetric": False, "array": np.asarray(high, float)[:MOST] - numbers,
            "arrayminus": numbers - np.asarray(low, float)[:MOST], "color": ground.ink, "thickness": 1.3, "width": 4,
        }  # fmt: skip
    made.add_bar(
        x=numbers, y=rows, orientation="h", error_x=error,
        marker={"color": [ground.negative if kind.signed and below else ground.positive for below in negative],
                "pattern": {"shape": ["/" if kind.signed and below else "" for below in negative]}},
        customdata=[escape(name) for name in kind.names[:MOST]],
        hovertemplate="%{customdata}<br><b>%{x:.4g}</b><extra></extra>",
    )  # fmt: skip
    made.add_scatter(  # the numbers in a column of their own, where no bar nor its range runs into them
        x=[right + 0.41 * span] * len(rows), y=rows, mode="text", text=[short(number) for number in numbers],
        textposition="middle left", textfont={"size": 12, "color": ground.ink}, hoverinfo="skip", cliponaxis=False,
    )  # fmt: skip
    made.update_xaxes(
        range=[left - 0.03 * span, right + 0.42 * span], title={"text": escape(kind.title)}, zeroline=True,
        zerolinecolor=ground.faint, nticks=5,
    )  # fmt: skip
    made.update_yaxes(
        tickvals=rows, ticktext=labels(kind.names[:MOST]), range=[len(rows) - 0.4, -0.6], showgrid=False,
        zeroline=False, ticklabelstandoff=6,
    )  # fmt: skip
    return made
