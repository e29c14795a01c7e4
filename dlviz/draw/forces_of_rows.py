"""Forces of many rows: what pushed each score up lies below the line of the scores, what pushed it down above it."""

from __future__ import annotations

from html import escape
from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Array, Forces, Value
from dlviz.draw import palette
from dlviz.draw.drawing import plain
from dlviz.draw.shades import cut

#: The strongest pushes of a row, which are told where one points at it.
_TOLD = 5
#: How much of the paper is mixed into the outermost areas.
_PALEST = 0.72


def stacked(value: Value, dark: bool) -> go.Figure:
    """Each column as an area on either side of the line: next to it the strongest, the darkest; those above it, which
    lowered the score, are hatched."""
    kind = cast(Forces, value.kind)
    ground = palette.ground(dark)
    pushes = np.nan_to_num(np.asarray(value.data, dtype=np.float32))  # half the bytes to send
    scores, rows = kind.base + pushes.sum(1), np.arange(len(pushes))
    low, high = float((scores - pushes.clip(min=0).sum(1)).min()), float((scores - pushes.clip(max=0).sum(1)).max())
    low, high = min(low, kind.base), max(high, kind.base)
    span = high - low or abs(high) or 1.0
    made = plain(dark, 460, hovermode="x")
    _areas(made, kind.names, pushes, scores, ground)
    made.add_hline(kind.base, line={"color": ground.ink, "width": 1.5, "dash": "dot"})
    made.add_annotation(
        x=1, xref="paper", xanchor="right", y=kind.base, yanchor="bottom", yshift=2, showarrow=False,
        text=f"mean {written.number(kind.base)}", bgcolor=ground.paper, font={"size": 12, "color": ground.ink},
    )  # fmt: skip
    made.add_scatter(
        x=rows, y=scores, mode="lines", line={"color": ground.ink, "width": 2}, showlegend=False,
        text=_told(value, scores), hoverinfo="text",
    )  # fmt: skip
    made.update_xaxes(
        title={"text": "rows"}, range=[0, len(rows) - 1], showticklabels=False, showgrid=False, zeroline=False,
        showspikes=True, spikemode="across", spikedash="solid", spikethickness=1, spikecolor=ground.ink,
    )  # fmt: skip
    made.update_yaxes(
        title={"text": escape(kind.title)}, range=[low - 0.03 * span, high + 0.03 * span], zeroline=False, nticks=6
    )
    made.update_layout(
        showlegend=True,
        legend={"y": 1.0, "yanchor": "bottom", "traceorder": "normal", "itemclick": False, "itemdoubleclick": False},
    )
    return made


def _areas(made: go.Figure, names: tuple[str, ...], pushes: Array, scores: Array, ground: palette.Ground) -> None:
    """An area for each column of pushes (N, names) on either side of the scores, and the legend. What is joined has
    the same name on both sides, and so one shade."""
    rows, own = np.arange(len(pushes)), list(dict.fromkeys(names))
    paler = dict(zip(own, np.linspace(0, _PALEST, len(own)), strict=True))
    for way, color in ((1, ground.positive), (-1, ground.negative)):
        level = scores
        made.add_scatter(x=rows, y=level, mode="lines", line={"width": 0}, hoverinfo="skip", showlegend=False)
        for name, push in zip(names, (way * pushes.T).clip(min=0), strict=True):
            if not push.any():
                continue
            level = level - way * push
            shade = palette.mixed(color, ground.paper, paler[name])
            made.add_scatter(
                x=rows, y=level, mode="lines", fill="tonexty", line={"color": ground.paper, "width": 0.7},
                fillcolor=shade, hoverinfo="skip", showlegend=False,
                fillpattern={"shape": "" if way > 0 else "/", "fgcolor": ground.paper, "bgcolor": shade, "size": 7,
                             "solidity": 0.15},
            )  # fmt: skip
    for name, share in paler.items():
        made.add_scatter(
            x=[None], y=[None], mode="markers", name=escape(cut(name)),
            marker={"symbol": "square", "size": 12, "color": palette.mixed(ground.positive, ground.paper, share)},
        )  # fmt: skip


def _told(value: Value, scores: Array) -> list[str]:
    """Of each row what it is called, its score and its strongest pushes, line by line."""
    kind, pushes = cast(Forces, value.kind), np.asarray(value.data, dtype=float)
    cells = value.more.get("cells", np.broadcast_to(np.array(kind.names), pushes.shape))
    rows = value.more.get("rows", np.array([f"row {row}" for row in range(len(pushes))]))
    told = []
    for row, score, own, named in zip(rows, scores, pushes, cells, strict=True):
        order = [at for at in np.argsort(-np.abs(own), kind="stable")[:_TOLD] if own[at]]
        lines = [f"{escape(cut(str(named[at])))} <b>{own[at]:+.3g}</b>" for at in order]
        told.append("<br>".join([f"{escape(str(row))}: <b>{written.number(float(score))}</b>", *lines]))
    return told
