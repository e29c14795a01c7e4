"""Forces of one row: arrows that push its score up from the left and down from the right."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple, cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Forces, Value
from dlviz.draw import palette
from dlviz.draw.drawing import plain
from dlviz.draw.ladder import Side, ladder
from dlviz.draw.shades import cut

#: Heights in pixels: of the arrows, of a line of labels, of the axis with its margins.
_BAR, _LINE, _AXIS = 34, 20, 66
#: How long a tip is, and how short an arrow without a label, as shares of all arrows together.
_TIP, _LEAST = 0.012, 0.004
#: Letters of a name, so that it finds room on a telephone.
_LETTERS = 26
#: How plotly says on which side of its place a label stands, and how many pixels it is moved.
_ANCHORS: dict[Side, tuple[str, int]] = {"right": ("left", 4), "left": ("right", -4), "middle": ("center", 0)}


class _Label(NamedTuple):
    """What stands beside the place `at` on the axis: a name and a number."""

    at: float
    name: str
    number: str


def arrows(value: Value, dark: bool) -> go.Figure:
    """Arrows to the right raise the score and are named below; those to the left lower it, are hatched and named above.
    Where they meet is the score."""
    kind = cast(Forces, value.kind)
    ground = palette.ground(dark)
    pushes = np.nan_to_num(np.asarray(value.data, dtype=float)[0])
    names = [str(cell) for cell in value.more["cells"][0]] if "cells" in value.more else list(kind.names)
    score = kind.base + float(pushes.sum())
    whole = float(np.abs(pushes).sum()) or abs(score) or 1.0
    low, high = score - float(pushes.clip(min=0).sum()), score - float(pushes.clip(max=0).sum())
    axis = min(low, kind.base) - 0.03 * whole, max(high, kind.base) + 0.03 * whole
    here, mean = _Label(score, "this row", written.number(score)), _Label(kind.base, "mean", written.number(kind.base))
    made = plain(dark, _BAR + _AXIS, showlegend=False, hovermode="closest")
    heights = []
    for way, mark in ((-1, here), (1, mean)):
        labels, side = [mark], np.flatnonzero(way * pushes > 0)
        ends = score - np.concatenate([[0.0], np.cumsum(pushes[side])])  # outwards from the score
        for at, near, far in zip(side, ends[:-1], ends[1:], strict=True):
            x, y = _arrow(near, far, way * _TIP * whole, at == side[-1])
            made.add_scatter(
                x=x, y=y, mode="lines", line={"color": ground.paper, "width": 1}, hoveron="fills", hoverinfo="text",
                text=f"{escape(names[at])}<br><b>{pushes[at]:+.4g}</b>", **_filled(way, ground),
            )  # fmt: skip
            if abs(pushes[at]) >= _LEAST * whole:
                labels.append(_Label((near + far) / 2, cut(names[at], _LETTERS), f"{pushes[at]:+.3g}"))
        heights.append(_write(made, labels, way, axis, ground))
    made.add_scatter(
        x=[kind.base] * 2, y=[0, _BAR], mode="lines", hoverinfo="skip",
        line={"color": ground.ink, "width": 1.5, "dash": "dot"},
    )  # fmt: skip
    made.update_layout(height=sum(heights) + _BAR + _AXIS)
    made.update_xaxes(range=axis, title={"text": escape(kind.title)}, showgrid=False, zeroline=False, nticks=6)
    made.update_yaxes(range=[-heights[1], _BAR + heights[0]], visible=False)
    return made


def _filled(way: int, ground: palette.Ground) -> dict[str, Any]:
    if way > 0:
        return {"fill": "toself", "fillcolor": ground.positive}
    hatched = {"shape": "/", "fgcolor": ground.paper, "bgcolor": ground.negative, "size": 7, "solidity": 0.2}
    return {"fill": "toself", "fillcolor": ground.negative, "fillpattern": hatched}


def _arrow(near: float, far: float, tip: float, last: bool) -> tuple[list[float], list[float]]:
    """The corners of an arrow from `far` to its tip at `near`; the next one's tip fits into its end. The last of them
    ends straight."""
    if last:
        back = notch = far if abs(near - far) > abs(tip) else near - tip
    else:
        back, notch = far - tip, far
    corners = [back, near - tip, near, near - tip, back, notch, back]
    return corners, [0, 0, _BAR / 2, _BAR, _BAR, _BAR / 2, 0]


def _write(made: go.Figure, labels: list[_Label], way: int, axis: tuple[float, float], ground: palette.Ground) -> int:
    """Write labels line below line under the arrows (`way` 1) or above them (-1), the first in bold; the height that
    takes."""
    rungs = ladder(
        [(label.at - axis[0]) / (axis[1] - axis[0]) for label in labels],
        [len(label.name) + len(label.number) + 1 for label in labels],
    )
    edge = 0 if way > 0 else _BAR
    x: list[float | None] = []
    y: list[float | None] = []
    for place, (label, rung) in enumerate(zip(labels, rungs, strict=True)):
        middle = edge - way * (6 + _LINE * (rung.line + 0.5))
        anchor, moved = _ANCHORS[rung.side]
        x += [label.at, label.at, None]
        y += [edge, middle + way * (_LINE / 2 - 2) * (rung.side == "middle"), None]
        name = escape(label.name)
        made.add_annotation(
            x=label.at, y=middle, xanchor=anchor, xshift=moved, yanchor="middle", showarrow=False, borderpad=1,
            text=f"{f'<b>{name}</b>' if place == 0 else name} <b>{label.number}</b>",
            font={"size": 12, "color": ground.ink}, bgcolor=ground.paper,
        )  # fmt: skip
    made.add_scatter(x=x, y=y, mode="lines", hoverinfo="skip", line={"color": ground.faint, "width": 1})
    return _LINE * len(labels) + 10
