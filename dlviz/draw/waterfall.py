"""Waterfall: how single contributions lead from one number to another."""

from __future__ import annotations

from html import escape
from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Value, Waterfall
from dlviz.draw import palette
from dlviz.draw.drawing import draws, plain
from dlviz.draw.shades import labels, short

MOST = 60


def _told_waterfall(value: Value) -> str:
    kind, steps = cast(Waterfall, value.kind), np.asarray(value.data, dtype=float)
    order = [int(at) for at in np.argsort(-np.abs(steps))[:3]]
    named = ", ".join(f"{kind.names[at]} {steps[at]:+.3g}" for at in order)
    end = kind.base + float(steps.sum())
    return f"From {written.number(kind.base)} to {written.number(end)}; the largest steps: {named}."


@draws(Waterfall, _told_waterfall)
def waterfall(value: Value, dark: bool) -> go.Figure:
    """A bar for each step, where the one before ended; up is blue, down orange and hatched. The first and the last row
    are the numbers at both ends."""
    kind = cast(Waterfall, value.kind)
    ground = palette.ground(dark)
    steps = np.nan_to_num(np.asarray(value.data, dtype=float))[:MOST]
    levels = kind.base + np.concatenate([[0.0], np.cumsum(steps)])
    rows = np.arange(1, len(steps) + 1)
    low, high = float(levels.min()), float(levels.max())
    span = high - low or abs(high) or 1.0
    made = plain(dark, 84 + 28 * (len(steps) + 2), showlegend=False, bargap=0.25)
    for row, level in enumerate(levels):  # each step begins where the one before ended
        made.add_scatter(
            x=[level, level], y=[row, row + 1], mode="lines", hoverinfo="skip",
            line={"color": ground.faint, "width": 1, "dash": "dot"},
        )  # fmt: skip
    made.add_bar(
        x=steps, y=rows, base=levels[:-1], orientation="h",
        marker={"color": [ground.positive if step >= 0 else ground.negative for step in steps],
                "pattern": {"shape": ["" if step >= 0 else "/" for step in steps]}},
        customdata=[escape(name) for name in kind.names[:MOST]],
        hovertemplate="%{customdata}<br><b>%{x:+.4g}</b><extra></extra>",
    )  # fmt: skip
    left, right = np.minimum(levels[:-1], levels[1:]), np.maximum(levels[:-1], levels[1:])
    aside = (left + right) / 2 > (low + high) / 2  # a number stands where there is more room for it
    made.add_scatter(
        x=np.where(aside, left - 0.02 * span, right + 0.02 * span), y=rows, mode="text", hoverinfo="skip",
        text=[("+" if step >= 0 else "") + short(step) for step in steps], cliponaxis=False,
        textfont={"color": ground.ink, "size": 12},
        textposition=["middle left" if to_left else "middle right" for to_left in aside],
    )  # fmt: skip
    # room for numbers beside bars that reach from end to end
    first = min(low - 0.08 * span, *(end - 0.3 * span for end in left[aside]), low)
    last = max(high + 0.08 * span, *(end + 0.3 * span for end in right[~aside]), high)
    ends = [float(levels[0]), float(levels[-1])]
    made.add_scatter(
        x=ends, y=[0, len(steps) + 1], mode="markers+text", text=[f"  {written.number(end)}  " for end in ends],
        textposition=["middle left" if end > (low + high) / 2 else "middle right" for end in ends],
        textfont={"color": ground.ink, "size": 13}, cliponaxis=False,
        marker={"symbol": "diamond", "size": 10, "color": ground.ink}, hovertemplate="%{x:.4g}<extra></extra>",
    )  # fmt: skip
    made.update_xaxes(range=[first, last], title={"text": escape(kind.title)}, nticks=6)
    made.update_yaxes(
        tickvals=np.arange(len(steps) + 2),
        ticktext=["<b>at first</b>", *labels(kind.names[:MOST]), "<b>in the end</b>"],
        range=[len(steps) + 1.6, -0.6], showgrid=False, zeroline=False, ticklabelstandoff=6,
    )  # fmt: skip
    return made
