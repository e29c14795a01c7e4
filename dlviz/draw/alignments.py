"""Sounds with what is heard when: a spectrogram, and below it, on the same time, a curve for each symbol."""

from __future__ import annotations

import html
from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Alignment, Array, Value
from dlviz.draw import palette
from dlviz.draw.drawing import draws, plain
from dlviz.draw.sheet import address

#: Sounds that are drawn at most, and the height of each in pixels.
_MOST, _HEIGHT = 6, 190
#: Symbols that nowhere get so likely have no curve; a peak must be as high to be named.
_SEEN = 0.2


def _text(value: Value, name: str, row: int) -> str:
    return str(value.more[name][row]) if name in value.more else ""


def _told(value: Value) -> str:
    many = len(value.data)
    heard, true = _text(value, "heard", 0), _text(value, "true", 0)
    said = f"; said was “{true}”" if true else ""
    return f"{written.count(many, 'sound')}. In the first one the network hears “{heard or 'nothing'}”{said}."


@draws(Alignment, _told)
def alignment(value: Value, dark: bool) -> go.Figure:
    """Sound below sound; what is heard wrongly says what was said, with a cross."""
    kind, ground = cast(Alignment, value.kind), palette.ground(dark)
    many = min(_MOST, len(value.data))
    made = plain(dark, 40 + _HEIGHT * many)
    table = np.asarray(value.more["probability"], dtype=float)
    # what the sounds were filled up with is not drawn
    end = kind.seconds * max(int(steps) for steps in value.more["steps"][:many]) / table.shape[1]
    for row in range(many):
        axis = "" if row == 0 else str(row + 1)
        top = 1 - row / many
        made.layout[f"yaxis{axis}"] = {
            **made.layout.yaxis.to_plotly_json(),
            "domain": [top - 0.82 / many, top - 0.13 / many],
            "range": [0, 2.6],
            "tickvals": [0, 1],
            "showgrid": False,
            "zeroline": False,
        }
        made.add_layout_image(
            source=address(np.asarray(value.data[row], dtype=float)[None]), x=0, y=2.6, sizex=kind.seconds, sizey=1.15,
            xref="x", yref=f"y{axis}", sizing="stretch", layer="below",
        )  # fmt: skip
        _curves(made, table[row], int(value.more["steps"][row]), kind, f"y{axis}", dark)
        heard, true = _text(value, "heard", row), _text(value, "true", row)
        wrong = f" ✗ said: {html.escape(true)}" if true and true != heard else ""
        made.add_annotation(
            text=f"heard: <b>{html.escape(heard) or '(nothing)'}</b>{wrong}", x=0, y=top - 0.1 / many, xref="x domain",
            yref="paper", xanchor="left", yanchor="bottom", showarrow=False, font={"color": ground.ink, "size": 13},
        )  # fmt: skip
    made.update_xaxes(title={"text": "seconds"}, range=[0, end], showgrid=False, anchor=f"y{many if many > 1 else ''}")
    made.update_layout(showlegend=False)
    return made


def _curves(made: go.Figure, table: Array, steps: int, kind: Alignment, axis: str, dark: bool) -> None:
    ground = palette.ground(dark)
    moments = (np.arange(len(table)) + 0.5) / len(table) * kind.seconds
    made.add_scatter(
        x=moments[:steps], y=table[:steps, 0], yaxis=axis, mode="lines", name="nothing new", hoverinfo="name",
        line={"color": ground.line, "width": 1, "dash": "dot"},
    )  # fmt: skip
    path = table[:steps].argmax(1)
    for symbol in range(1, table.shape[1]):
        own = table[:steps, symbol]
        if own.max(initial=0) < _SEEN:
            continue
        color = palette.run(symbol, dark)
        made.add_scatter(
            x=moments[:steps], y=own, yaxis=axis, mode="lines", name=kind.names[symbol], line={"color": color},
            hovertemplate="%{y:.0%} at %{x:.2f} s",
        )  # fmt: skip
        runs = np.flatnonzero(np.diff(np.concatenate([[False], path == symbol, [False]]).astype(int)))
        for begin, end in zip(runs[::2], runs[1::2], strict=True):
            at = begin + int(own[begin:end].argmax())
            made.add_annotation(
                x=moments[at], y=own[at], yref=axis, text=html.escape(kind.names[symbol]), showarrow=False, yshift=8,
                font={"color": color, "size": 12},
            )  # fmt: skip
