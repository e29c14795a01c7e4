"""Attention: one head's looks large, with the words, and below it all heads of all layers small."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil
from typing import Any, cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Array, Attention, Value
from dlviz.draw import palette
from dlviz.draw.attention_small import room, scale, small, told_head
from dlviz.draw.drawing import draws, plain

#: A row of the large map in pixels, at least and at most, and the whole map's height.
_ROW, _LEAST, _TALLEST = (8, 26), 150, 700
#: So wide is the large map on a telephone; a label takes so many pixels; a name so many letters.
_NARROW, _LABEL, _LETTERS = 270, 12, 12
#: Up to so many cells a side each tells its share in numbers.
_WRITTEN = 9
#: Shares at which the colour scale is marked.
_MARKS = (0.1, 0.25, 0.5, 1.0)


def _told(value: Value) -> str:
    kind, looks = cast(Attention, value.kind), np.asarray(value.data, dtype=float)
    layer, head = chosen(value)
    row, column = np.unravel_index(int(looks[layer, head].argmax()), looks.shape[2:])
    share = written.percent(float(looks[layer, head, row, column]))
    return (
        f"{written.count(looks.shape[0], 'layer')} with {written.count(looks.shape[1], 'head')} each. "
        f"The clearest look of {told_head(kind, layer, head)}: “{kind.queries[row]}” at "
        f"“{kind.keys[column]}”, {share} of its looks."
    )


def chosen(value: Value) -> tuple[int, int]:
    """The layer and the head that are drawn large: `more["chosen"]`, else the one whose looks are the least even."""
    looks = np.asarray(value.data, dtype=float)
    wanted = value.more.get("chosen")
    if wanted is not None:
        layer, head = (int(number) for number in np.asarray(wanted).ravel()[:2])
        return min(layer, looks.shape[0] - 1), min(head, looks.shape[1] - 1)
    layer, head = divmod(int((looks**2).sum((2, 3)).argmax()), int(looks.shape[1]))
    return layer, head


@draws(Attention, _told)
def attention(value: Value, dark: bool) -> go.Figure:
    """Rows look, columns are looked at. The root of a share is its colour, so that small ones are seen, the same in all
    maps; in the large one a ring marks what each row looked at most."""
    kind, looks = cast(Attention, value.kind), np.nan_to_num(np.asarray(value.data, dtype=float))
    layer, head = chosen(value)
    several = looks.shape[0] * looks.shape[1] > 1
    queries, keys = looks.shape[2:]
    large = min(_TALLEST, max(_LEAST, queries * min(_ROW[1], max(_ROW[0], _TALLEST / queries))))
    top = 64 + 6.4 * max(len(_cut(name)) for name in kind.keys)
    below = room(looks.shape[0]) if several else 0
    height = top + large + 86 + below
    made = plain(dark, int(height), margin={"l": 8, "r": 12, "t": int(top), "b": 8}, showlegend=False)
    inner = height - int(top) - 8
    _large(made, kind, looks[layer, head], dark, 1 - large / inner, told_head(kind, layer, head) if several else "")
    if several:
        small(made, kind, looks, (layer, head), inner, dark)
    return made


def _large(made: go.Figure, kind: Attention, looks: Array, dark: bool, bottom: float, name: str) -> None:
    ground = palette.ground(dark)
    rows, columns = _unique(kind.queries), _unique(kind.keys)
    written = max(looks.shape) <= _WRITTEN
    made.add_heatmap(
        z=np.sqrt(looks).astype(np.float32), x=columns, y=rows, zmin=0, zmax=1, colorscale=scale(dark),
        customdata=np.round(100 * looks, 1).astype(np.float32), xgap=1 if looks.shape[1] <= 40 else 0,
        ygap=1 if looks.shape[0] <= 40 else 0, text=_numbers(looks) if written else None,
        texttemplate="%{text}" if written else None,
        hovertemplate="“%{y}” looked at “%{x}”<br><b>%{customdata} %</b> of its looks<extra></extra>",
        colorbar={
            "orientation": "h", "thickness": 8, "len": 0.7, "x": 0.5, "y": bottom, "yanchor": "top", "ypad": 12,
            "outlinewidth": 0, "tickvals": [0, *np.sqrt(_MARKS)],
            "ticktext": ["0", *(f"{mark:.0%}" for mark in _MARKS)], "tickfont": {"size": 11, "color": ground.faint},
            "title": {"text": "share of a row's looks", "side": "bottom", "font": {"size": 11, "color": ground.faint}},
        },
    )  # fmt: skip
    if not written:
        some = np.flatnonzero(looks.max(1) > 0)
        most = looks[some].argmax(1)
        strong = np.sqrt(looks[some, most]) > 0.55
        side = min(_ROW[1], _TALLEST / len(rows))
        made.add_scatter(
            x=[columns[at] for at in most], y=[rows[at] for at in some], mode="markers", hoverinfo="skip",
            marker={"symbol": "circle-open", "size": max(3, min(9, 0.5 * side)), "line": {"width": 1.3},
                    "color": [ground.paper if each else ground.ink for each in strong]},
        )  # fmt: skip
    each = max(_ROW[0], min(_ROW[1], _TALLEST / len(rows)))
    axis = {"showgrid": False, "zeroline": False, "type": "category", "ticks": ""}
    flat = 7 * max(len(_cut(name)) for name in kind.keys) < _NARROW / len(columns)
    made.update_xaxes(
        **axis, side="top", tickangle=0 if flat else -90, range=[-0.5, len(columns) - 0.5],
        title={"text": "is looked at →", "standoff": 4}, **_ticks(columns, kind.keys, _NARROW / len(columns)),
    )  # fmt: skip
    made.update_yaxes(
        **axis, range=[len(rows) - 0.5, -0.5], domain=[bottom, 1], title={"text": "← looks", "standoff": 4},
        ticklabelstandoff=4, **_ticks(rows, kind.queries, each),
    )  # fmt: skip
    if name:
        made.add_annotation(
            text=f"<b>{escape(name)}</b>", x=0, y=1, xref="paper", yref="paper", xanchor="left", yanchor="bottom",
            yshift=made.layout.margin.t - 26, showarrow=False, font={"color": ground.ink, "size": 13},
        )  # fmt: skip


def _unique(names: Sequence[str]) -> list[str]:
    """Names as they are told, each once: what stands there again has marks behind it that cannot be seen."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        made.append(escape(name) + "\u200b" * seen.get(name, 0))
        seen[name] = seen.get(name, 0) + 1
    return made


def _ticks(places: list[str], names: Sequence[str], each: float) -> dict[str, Any]:
    """Labels where they do not run into each other, at `each` pixels a step; all can be seen by pointing at a cell."""
    apart = max(1, ceil(_LABEL / each))
    size = 12 if each >= 15 else 10
    return {
        "tickvals": places[::apart], "ticktext": [escape(_cut(name)) for name in names[::apart]],
        "tickfont": {"size": size},
    }  # fmt: skip


def _cut(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def _numbers(looks: Array) -> list[list[str]]:
    """Shares in per cent, but for those that are next to nothing."""
    return [["" if share < 0.005 else f"{100 * share:.0f}" for share in row] for row in looks]
