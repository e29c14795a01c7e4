"""Cloud: points over two axes, shaded by a third number."""

from __future__ import annotations

from html import escape
from typing import Any, cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Array, Cloud, Value
from dlviz.draw import palette
from dlviz.draw.drawing import draws, plain, spread
from dlviz.draw.shades import cut, scaled, shades

#: So many different words get a colour and a shape each; more are shaded like numbers.
GROUPS = 8


def _told_cloud(value: Value) -> str:
    kind, data = cast(Cloud, value.kind), np.asarray(value.data, dtype=float)
    known = data[np.isfinite(data).all(1)]
    text = f"{written.count(len(data), 'point')}; {kind.x_title or 'across'} {spread(data[:, 0])}, "
    text += f"{kind.y_title or 'up'} {spread(data[:, 1])}"
    if len(known) > 2 and known.std(0).min() > 0:
        together = float(np.corrcoef(known.T)[0, 1])
        text += (
            "; the two rise together" if together > 0.5 else "; one falls as the other rises" if together < -0.5 else ""
        )
    return f"{text}."


@draws(Cloud, _told_cloud)
def cloud(value: Value, dark: bool) -> go.Figure:
    """A mark for each point; `color` is told by shade and shape, words of a few kinds by colour and shape, with a
    legend."""
    kind = cast(Cloud, value.kind)
    ground = palette.ground(dark)
    data = np.asarray(value.data, dtype=float)
    told = value.more.get("words")
    said = np.array([escape(str(word)) for word in told]) if told is not None else np.full(len(data), "")
    made = plain(dark, 380)
    for name, at, marker in _groups(value, kind, dark):
        made.add_scatter(
            x=data[at, 0], y=data[at, 1], mode="markers", name=name, marker={**marker, "size": 8}, customdata=said[at],
            hovertemplate="%{x:.4g}, %{y:.4g}<br>%{customdata}<extra></extra>",
        )  # fmt: skip
    made.update_xaxes(title={"text": escape(kind.x_title)}, zeroline=False)
    made.update_yaxes(title={"text": escape(kind.y_title)}, zeroline=True, zerolinecolor=ground.faint)
    made.update_layout(showlegend="color" in value.more, legend={"y": 1.0, "yanchor": "bottom"})
    return made


def _groups(value: Value, kind: Cloud, dark: bool) -> list[tuple[str, Array, dict[str, Any]]]:
    """(name, which points, marker) of points that look alike."""
    color, told = value.more.get("color"), value.more.get("words")
    if color is None:
        return [("", np.arange(len(value.data)), {"color": palette.ground(dark).accent, "opacity": 0.75})]
    numbers = np.asarray(color, dtype=float)
    if told is not None:
        names, group = np.unique(np.asarray(told).astype(str), return_inverse=True)
        if len(names) <= GROUPS and len(names) == len(np.unique(numbers)):
            return [
                (escape(cut(str(name))), np.flatnonzero(group == number),
                 {"color": palette.category(number, dark), "symbol": palette.symbol(number)})
                for number, name in enumerate(names)
            ]  # fmt: skip
    title = escape(cut(kind.color_title or "colour"))
    ranges = _ranges(numbers)
    return [
        (f"{title}: {ranges.get(shade.name, 'missing')}", shade.at, shade.marker)
        for shade in reversed(list(shades(scaled(numbers), dark)))
    ]


def _ranges(numbers: Array) -> dict[str, str]:
    """What each third of the range holds, in numbers."""
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return {}
    edges = np.linspace(known.min(), known.max(), 4)
    names = ("low", "middle", "high")
    return {name: f"{low:.3g} to {high:.3g}" for name, low, high in zip(names, edges[:-1], edges[1:], strict=True)}
