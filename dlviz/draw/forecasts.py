"""Forecasts: what was, what then came, and the fan of what was expected."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Array, Forecast, Value
from dlviz.draw import palette
from dlviz.draw.drawing import draws, plain

#: So many windows are drawn, one below the other, and of each so many times as much past as there is future.
WINDOWS, PAST = 4, 3


def _told_forecast(value: Value) -> str:
    kind = cast(Forecast, value.kind)
    windows = written.count(len(value.data), "window")
    held = ""
    if {"low", "high"} <= value.more.keys():
        truth = np.asarray(value.data, dtype=float)[:, :, kind.steps :]
        known = np.isfinite(truth)
        if known.any():
            inside = (truth >= value.more["low"]) & (truth <= value.more["high"])
            held = f" {inside[known].mean():.0%} of what came lies within the bounds."
    return f"{windows} of {', '.join(kind.names[:3])}, {written.count(kind.horizon, 'step')} ahead.{held}"


@draws(Forecast, _told_forecast)
def forecast(value: Value, dark: bool) -> go.Figure:
    """Each window in a row of its own, of the first series: past, truth, median, bounds, the season before."""
    kind = cast(Forecast, value.kind)
    many = min(len(value.data), WINDOWS)
    made = plain(dark, 60 + 170 * many if many > 1 else 300)
    axis = made.layout.xaxis.to_plotly_json()
    ground, gap = palette.ground(dark), 0.08 if many > 1 else 0.0
    first = max(0, kind.steps - max(12, PAST * kind.horizon))
    past, ahead = np.arange(first, kind.steps) - kind.steps + 1, np.arange(kind.horizon) + 1
    for row in range(many):
        top = 1 - row / many
        bottom = 1 - (row + 1) / many + (gap if row < many - 1 else 0)
        own = {"xaxis": f"x{row + 1 if row else ''}", "yaxis": f"y{row + 1 if row else ''}"}
        made.update_layout({
            own["xaxis"].replace("x", "xaxis"): {**axis, "anchor": own["yaxis"], "showgrid": False},
            own["yaxis"].replace("y", "yaxis"): {**made.layout.yaxis.to_plotly_json(), "domain": [bottom, top],
                                                 "anchor": own["xaxis"], "nticks": 4},
        })  # fmt: skip
        seen = np.asarray(value.data[row][0], dtype=float)
        for name, x, y, style in _curves(value, row, seen, first, past, ahead, kind.steps):
            look = _STYLES[style]
            color = {"ink": ground.ink, "faint": ground.faint, "accent": ground.accent}[look["color"]]
            fill = {"fill": "tonexty", "fillcolor": _faded(ground.accent)} if style == "high" else {}
            made.add_scatter(
                x=x, y=y, mode="lines", name=name, legendgroup=name, showlegend=row == 0 and style not in ("low",),
                line={"color": color, "width": look["width"], "dash": look["dash"]}, hoverinfo="skip" if fill or
                style == "low" else None, **fill, **own,
            )  # fmt: skip
        made.add_shape(
            type="line", x0=0.5, x1=0.5, y0=0, y1=1, xref=own["xaxis"], yref=f"{own['yaxis']} domain",
            line={"color": ground.line, "width": 1, "dash": "dot"},
        )  # fmt: skip
    last = "xaxis" if many == 1 else f"xaxis{many}"
    made.update_layout({last: {"title": {"text": "steps from now"}}})
    made.update_layout(legend={"y": 1.0, "yanchor": "bottom"}, margin={"t": 36})
    if kind.unit:
        made.update_layout({"yaxis": {"title": {"text": kind.unit}}})
    return made


_STYLES: dict[str, dict[str, Any]] = {
    "past": {"color": "ink", "width": 1.5, "dash": "solid"},
    "truth": {"color": "ink", "width": 2, "dash": "dot"},
    "naive": {"color": "faint", "width": 1, "dash": "dash"},
    "low": {"color": "accent", "width": 0, "dash": "solid"},
    "high": {"color": "accent", "width": 0, "dash": "solid"},
    "median": {"color": "accent", "width": 2, "dash": "solid"},
}


def _curves(
    value: Value, row: int, seen: Array, first: int, past: Array, ahead: Array, steps: int
) -> list[tuple[str, Array, Array, str]]:
    """(name, steps, numbers, style) of what is drawn, what lies below first."""
    more = {name: np.asarray(array[row][0], dtype=float) for name, array in value.more.items()}
    curves: list[tuple[str, Array, Array, str]] = []
    if {"low", "high"} <= more.keys():
        curves += [("bounds", ahead, more["low"], "low"), ("bounds", ahead, more["high"], "high")]
    curves.append(("past", past, seen[first:steps], "past"))
    if np.isfinite(seen[steps:]).any():  # drawn on from the last value seen
        curves.append(("what came", np.r_[0, ahead], np.r_[seen[steps - 1], seen[steps:]], "truth"))
    if "naive" in more:
        curves.append(("one season before", ahead, more["naive"], "naive"))
    if "median" in more:
        curves.append(("expected", ahead, more["median"], "median"))
    return curves


def _faded(color: str) -> str:
    """A colour that lets what lies below shine through."""
    return f"rgba{(*palette.rgb(color), 0.22)}"
