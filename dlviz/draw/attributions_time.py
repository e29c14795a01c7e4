"""Attributions of a series or a sound: its line on a tinted ground, and below it bars, up for and down against."""

from __future__ import annotations

from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core.values import Array, Attribution, Value
from dlviz.core.written import number
from dlviz.draw import palette
from dlviz.draw.attributions_picture import stops
from dlviz.draw.drawing import largest, plain
from dlviz.draw.sequences import thinned

#: So many channels are drawn, those with most weight, if they have this share of the strongest's; the height of one;
#: and so many bars go across at most.
_CHANNELS, _LEAST, _HEIGHT, _BARS = 5, 0.05, 160, 128


def told(value: Value, plane: Array) -> str:
    """Where most of the weight (channels, steps) lies, in words."""
    start, width, unit = _scale(value, plane.shape[1])
    along = plane.sum(0)
    first, last = between(along)
    begin, end = start + width * first, start + width * (last + (unit == "seconds"))
    names = _names(value, len(plane))
    which = f"in {names[int(plane.sum(1).argmax())]}, " if len(plane) > 1 else ""
    if unit == "seconds":
        return f"{which}between {begin:.2f} and {end:.2f} seconds"
    return f"{which}from step {begin:.0f} to {end:.0f}"


def between(weights: Array) -> tuple[int, int]:
    """The shortest stretch that holds half of the weights (steps,): its first and its last step."""
    summed = np.concatenate([[0.0], np.cumsum(weights)])
    ends = np.searchsorted(summed, summed[:-1] + 0.5 * summed[-1] - 1e-12)
    inside = ends < len(summed)
    starts = np.flatnonzero(inside)
    best = int(starts[np.argmin((ends - np.arange(len(weights)))[inside])])
    return best, max(best, int(ends[best]) - 1)


def lines(value: Value, dark: bool) -> go.Figure:
    """A panel for each channel: the line `more["input"]`, and bars of how much each window spoke for (up) and against
    (down). What was forecast goes on from the line, the step that is explained is marked."""
    numbers = np.atleast_2d(np.nan_to_num(np.asarray(value.data, dtype=float)))
    under = value.more.get("input")
    seen = np.atleast_2d(np.nan_to_num(np.asarray(under, dtype=float))) if under is not None else None
    sides = list(cast(Attribution, value.kind).sides)
    names, most = _names(value, len(numbers)), largest(binned(numbers, _BARS))
    start, width, unit = _scale(value, numbers.shape[1])
    weights = np.abs(numbers).sum(1)
    many = min(_CHANNELS, int((weights >= _LEAST * weights.max()).sum()))
    strongest = np.sort(np.argsort(-weights, kind="stable")[:many])
    made = plain(dark, 64 + _HEIGHT * len(strongest), margin={"t": 18})
    axis = made.layout.yaxis.to_plotly_json()
    for place, channel in enumerate(strongest.tolist()):
        part = 1 / len(strongest)
        top = 1 - (place + 0.13) * part  # below its name
        middle, low = top - 0.52 * part, top - 0.8 * part
        above, below = f"y{2 * place + 1 if place else ''}", f"y{2 * place + 2}"
        made.layout[above.replace("y", "yaxis")] = {
            **axis, "domain": [middle, top], "nticks": 4, "zeroline": False, "showgrid": False,
        }  # fmt: skip
        made.layout[below.replace("y", "yaxis")] = {
            **axis, "domain": [low, middle - 0.03 * part], "range": [-1.1 * most, 1.1 * most], "ticks": "",
            "tickvals": [0.6 * most, -0.6 * most], "ticktext": sides, "showgrid": False, "zeroline": True,
            "zerolinecolor": palette.ground(dark).faint,
        }  # fmt: skip
        if seen is not None and seen.shape[1] == numbers.shape[1]:
            _line(made, value, seen[channel], numbers[channel], (start, width), above, names[channel], most, dark)
        _bars(made, numbers[channel], start, width, below, most, dark)
        if len(strongest) > 1 or "channels" in value.more:
            made.add_annotation(
                text=_titled(value, names[channel]), x=0, y=top, xref="paper", yref="paper", xanchor="left",
                yanchor="bottom", showarrow=False, font={"size": 12, "color": palette.ground(dark).faint},
            )  # fmt: skip
    ahead = len(value.more["forecast"]) * width if "forecast" in value.more else 0
    title = "seconds" if unit == "seconds" else "steps from now" if start < 0 else "step"
    rest = len(numbers) - len(strongest)
    if rest:
        title += f" · {rest} more {'series weighs' if rest == 1 else 'series weigh'} less"
    made.update_xaxes(
        title={"text": title}, showgrid=False, zeroline=False,
        range=[start - width / 2, start + width * (numbers.shape[1] - 0.5) + ahead], anchor=f"y{2 * len(strongest)}",
    )  # fmt: skip
    made.update_layout(showlegend=False, bargap=0)
    return made


def binned(numbers: Array, most: int) -> Array:
    """Numbers (channels, steps) summed over neighbours so that at most `most` are left along the steps."""
    each = -(-numbers.shape[1] // most)
    padded = np.pad(numbers, ((0, 0), (0, -numbers.shape[1] % each)))
    return np.asarray(padded.reshape(len(numbers), -1, each).sum(2))


def _line(
    made: go.Figure, value: Value, seen: Array, own: Array, scale: tuple[float, float], axis: str, name: str,
    most: float, dark: bool,
) -> None:  # fmt: skip
    ground, (start, width) = palette.ground(dark), scale
    ahead = np.asarray(value.more["forecast"], float) if _forecast_here(value, name) else np.zeros(0)
    low, high = (float(end(np.concatenate([seen, ahead]))) for end in (np.min, np.max))
    room = 0.08 * ((high - low) or 1.0)
    low, high = low - room, high + room
    tints = binned(own[None], _BARS)
    each = -(-len(own) // _BARS)
    made.add_heatmap(
        z=tints, x0=start + width * (each - 1) / 2, dx=width * each, y0=(low + high) / 2, dy=high - low, yaxis=axis,
        zmin=-most, zmax=most, colorscale=stops(palette.diverging(dark)), opacity=0.55, showscale=False,
        hoverinfo="skip",
    )  # fmt: skip
    at, numbers = thinned(seen)
    made.add_scatter(
        x=start + width * at, y=numbers, yaxis=axis, mode="lines", name=name, line={"color": ground.ink, "width": 1.5},
        hovertemplate="%{x:.4g}: %{y:.4g}<extra></extra>" if len(seen) <= 2000 else None,
        hoverinfo="skip" if len(seen) > 2000 else None,
    )  # fmt: skip
    made.layout[axis.replace("y", "yaxis")].range = [low, high]
    if len(ahead):
        _ahead(made, value, float(seen[-1]), ahead, axis, ground)


def _ahead(made: go.Figure, value: Value, last: float, ahead: Array, axis: str, ground: palette.Ground) -> None:
    at = int(value.more["ahead"][0])
    made.add_scatter(
        x=np.arange(len(ahead) + 1), y=np.concatenate([[last], ahead]), yaxis=axis, mode="lines", name="expected",
        line={"color": ground.accent, "width": 2, "dash": "dash"}, hovertemplate="+%{x}: %{y:.4g}<extra></extra>",
    )  # fmt: skip
    made.add_scatter(
        x=[at + 1], y=[ahead[at]], yaxis=axis, mode="markers", name="explained", hoverinfo="skip",
        marker={"symbol": "diamond", "size": 11, "color": ground.accent, "line": {"width": 1.5, "color": ground.paper}},
    )  # fmt: skip


def _bars(made: go.Figure, own: Array, start: float, width: float, axis: str, most: float, dark: bool) -> None:
    ground, each = palette.ground(dark), -(-len(own) // _BARS)
    bars = binned(own[None], _BARS)[0]
    places = start + width * (each * np.arange(len(bars)) + (each - 1) / 2)
    made.add_bar(
        x=places, y=bars, yaxis=axis, width=0.92 * width * each,
        marker={"color": [ground.positive if bar >= 0 else ground.negative for bar in bars], "line": {"width": 0}},
        hovertemplate="%{x:.4g}: %{y:+.3g}<extra></extra>",
    )  # fmt: skip


def _forecast_here(value: Value, name: str) -> bool:
    return "forecast" in value.more and ("forecast_of" not in value.more or str(value.more["forecast_of"][0]) == name)


def _scale(value: Value, steps: int) -> tuple[float, float, str]:
    """(where the first step lies, how far apart two are, in what)."""
    if "seconds" in value.more:
        each = float(value.more["seconds"][0]) / steps
        return each / 2, each, "seconds"
    return float(value.more["start"][0]) if "start" in value.more else 0.0, 1.0, "steps"


def _names(value: Value, many: int) -> list[str]:
    given = [str(name) for name in value.more.get("channels", ())]
    return given if len(given) == many else [f"channel {place + 1}" for place in range(many)]


def _titled(value: Value, name: str) -> str:
    unit = str(value.more["unit"][0]) if "unit" in value.more else ""
    if not _forecast_here(value, name):
        return name
    after = f" {unit}" if unit else ""
    at = int(value.more["ahead"][0])
    return f"{name} · ◆ explained: +{at + 1}, {number(float(value.more['forecast'][at]))}{after}"
