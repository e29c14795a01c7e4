"""What runs in time: series, text, tokens."""

from __future__ import annotations

import html
import textwrap
from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Array, Series, Text, Tokens, Value
from dlviz.datasets.tokenizer import visible
from dlviz.draw import palette
from dlviz.draw.drawing import draws, plain, spread
from dlviz.draw.thin import kept

WIDTH = 2000


def thinned(numbers: Array) -> tuple[Array, Array]:
    """(positions, numbers) of a curve with at most `WIDTH` points that looks the same."""
    at = kept(numbers, WIDTH)
    return at, numbers[at]


def _told_series(value: Value) -> str:
    kind = cast(Series, value.kind)
    after = f" {kind.unit}" if kind.unit else ""
    return f"{written.count(value.data.shape[-1], 'step')} of {', '.join(kind.names[:5])}, {spread(value.data)}{after}."


@draws(Series, _told_series)
def series(value: Value, dark: bool) -> go.Figure:
    kind = cast(Series, value.kind)
    made = plain(dark, 300)
    dashes = ("solid", "dash", "dot", "dashdot")
    for index, name in enumerate(kind.names):
        steps, numbers = thinned(np.asarray(value.data[0][index], dtype=float))
        made.add_scatter(
            x=steps, y=numbers, mode="lines", name=name,
            line={"color": palette.run(index, dark), "width": 2, "dash": dashes[index % len(dashes)]},
        )  # fmt: skip
    made.update_xaxes(title={"text": "step"}, showgrid=False)
    made.update_yaxes(title={"text": kind.unit})
    made.update_layout(showlegend=len(kind.names) > 1)
    ends = [0, *value.more.get("borders", ()), kind.steps]
    if len(ends) > 2:  # room for the parts' names
        made.update_layout(margin={"t": 24}, xaxis={"title": {"text": ""}})
    for number, part in enumerate(("train", "validation", "test")[: len(ends) - 1] if len(ends) > 2 else ()):
        made.add_vline(x=float(ends[number + 1]), line={"color": palette.ground(dark).faint, "width": 1, "dash": "dot"})
        made.add_annotation(
            x=float(ends[number] + ends[number + 1]) / 2, y=1, yref="paper", yanchor="bottom", text=part,
            showarrow=False, font={"size": 11, "color": palette.ground(dark).faint},
        )  # fmt: skip
    return made


def _told_text(value: Value) -> str:
    first = str(np.asarray(value.data).ravel()[0])
    more = f" and {written.count(len(value.data) - 1, 'more text')}" if len(value.data) > 1 else ""
    return f"“{textwrap.shorten(first, 160, placeholder='…')}”{more}."


@draws(Text, _told_text)
def text(value: Value, dark: bool) -> go.Figure:
    """The first few texts, wrapped, one under the other."""
    blocks = [textwrap.wrap(str(item), 90)[:6] or [""] for item in np.asarray(value.data).ravel()[:6]]
    lines = [line for block in blocks for line in [*block, ""]][:-1]
    made = plain(dark, 40 + 20 * len(lines), axes=False)
    made.update_yaxes(range=[0, 1])
    made.add_annotation(
        text="<br>".join(html.escape(line) for line in lines), showarrow=False, align="left", x=0, xref="paper", y=1,
        yref="paper", xanchor="left", yanchor="top", font={"size": 14},
    )  # fmt: skip
    return made


def _told_tokens(value: Value) -> str:
    kind = cast(Tokens, value.kind)
    ids = np.asarray(value.data).astype(int)
    row = ids[0] if ids.ndim == 2 else ids
    return f"{written.count(len(row), 'token')}: {' '.join(kind.vocabulary[i] for i in row[:30])}"


@draws(Tokens, _told_tokens)
def tokens(value: Value, dark: bool) -> go.Figure:
    """One line of boxes, each a token over its number; wrapped after twelve."""
    kind = cast(Tokens, value.kind)
    ids = np.asarray(value.data).astype(int)
    row = (ids[0] if ids.ndim == 2 else ids)[:96]
    return _boxes([(visible(kind.vocabulary[index]), str(index)) for index in row], dark)


def _boxes(steps: list[tuple[str, str]], dark: bool) -> go.Figure:
    """Boxes in lines of twelve: what stands in each, and below it in small what it is."""
    lines = max(1, -(-len(steps) // 12))
    ground = palette.ground(dark)
    made = plain(dark, max(100, 20 + 56 * lines), axes=False)
    made.update_xaxes(range=[-0.5, 11.5])
    made.update_yaxes(range=[lines - 0.5, -0.5])
    for place, (above, below) in enumerate(steps):
        made.add_annotation(
            x=place % 12, y=place // 12, showarrow=False, bordercolor=ground.line, borderpad=4, bgcolor=ground.panel,
            text=f"{html.escape(above)}<br><span style='font-size:10px'>{html.escape(below)}</span>", font={"size": 12},
        )  # fmt: skip
    made.add_scatter(x=[None], y=[None], showlegend=False)
    return made
