"""Numbers: a scalar, a vector, a category with its probabilities, a matrix, a table."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Array, Category, Matrix, Scalar, Table, Value, Vector
from dlviz.draw import palette
from dlviz.draw.drawing import draws, largest, plain, spread

#: Bars and rows shown at most; the rest is said in words.
MOST = 20


def _told_scalar(value: Value) -> str:
    unit = cast(Scalar, value.kind).unit
    numbers = np.asarray(value.data, dtype=float).ravel()
    after = f" {unit}" if unit else ""
    if len(numbers) == 1:
        return f"{written.number(float(numbers[0]))}{after}."
    return f"{written.count(len(numbers), 'number')} {spread(numbers)}{after}."


@draws(Scalar, _told_scalar)
def scalar(value: Value, dark: bool) -> go.Figure:
    """One number: written large. Several: a histogram; with `more["target"]`: predicted against true."""
    kind = cast(Scalar, value.kind)
    ground = palette.ground(dark)
    numbers = np.asarray(value.data, dtype=float).ravel()
    if len(numbers) == 1:
        made = plain(dark, 120, axes=False)
        text = f"{written.number(float(numbers[0]))} {kind.unit}".strip()
        made.add_annotation(text=text, showarrow=False, font={"size": 34, "color": ground.ink})
        return made
    target = value.more.get("target")
    if target is not None:
        return _against_truth(numbers, np.asarray(target, dtype=float).ravel(), kind.unit, dark)
    made = plain(dark, 260, bargap=0.04)
    made.add_histogram(x=numbers, nbinsx=30, marker={"color": ground.accent}, hovertemplate="%{x}: %{y}<extra></extra>")
    made.update_xaxes(title={"text": kind.unit or value.title})
    made.update_yaxes(title={"text": "how many"})
    return made


def _against_truth(predicted: Array, true: Array, unit: str, dark: bool) -> go.Figure:
    ground = palette.ground(dark)
    low, high = float(min(predicted.min(), true.min())), float(max(predicted.max(), true.max()))
    made = plain(dark, 420, showlegend=False)
    made.add_scatter(
        x=[low, high], y=[low, high], mode="lines+text", text=["", "exactly right "], textposition="middle left",
        textfont={"size": 12, "color": ground.faint}, line={"color": ground.faint, "dash": "dot"}, hoverinfo="skip",
    )  # fmt: skip
    made.add_scatter(
        x=true, y=predicted, mode="markers", marker={"color": ground.accent, "size": 7, "opacity": 0.6},
        hovertemplate="true %{x:.4g}<br>predicted %{y:.4g}<extra></extra>",
    )  # fmt: skip
    after = f" ({unit})" if unit else ""
    made.update_xaxes(title={"text": f"true{after}"}, constrain="domain")
    made.update_yaxes(title={"text": f"predicted{after}"}, scaleanchor="x", constrain="domain")
    return made


def _told_vector(value: Value) -> str:
    kind = cast(Vector, value.kind)
    numbers = np.atleast_2d(np.asarray(value.data, dtype=float))
    if len(numbers) > 1:
        return f"{written.count(len(numbers), 'row')} of {written.count(len(kind.names), 'number')}, {spread(numbers)}."
    named = [f"{name} {written.number(float(x))}" for name, x in zip(kind.names, numbers[0], strict=False)][:6]
    return ", ".join(named) + ("." if len(kind.names) <= 6 else " and more.")


@draws(Vector, _told_vector)
def vector(value: Value, dark: bool) -> go.Figure:
    """One row: bars by name. Several: a box per name."""
    kind = cast(Vector, value.kind)
    ground = palette.ground(dark)
    numbers = np.atleast_2d(np.asarray(value.data, dtype=float))[:, :MOST]
    names = list(kind.names[:MOST])
    if len(numbers) == 1:
        made = plain(dark, 60 + 26 * len(names))
        made.add_bar(
            x=numbers[0][::-1], y=names[::-1], orientation="h", marker={"color": ground.accent},
            hovertemplate="%{y}: %{x:.4g}<extra></extra>",
        )  # fmt: skip
    else:
        made = plain(dark, 80 + 26 * len(names), showlegend=False)
        for column in range(len(names) - 1, -1, -1):
            made.add_box(
                x=numbers[:, column], name=names[column], orientation="h", marker={"color": ground.accent, "size": 3},
                line={"width": 1.5},
            )  # fmt: skip
    made.update_yaxes(showgrid=False, ticklabelstandoff=8)
    return made


def _told_category(value: Value) -> str:
    kind = cast(Category, value.kind)
    data = np.asarray(value.data)
    if data.ndim == 2 and len(data) == 1:
        order = [int(index) for index in np.argsort(-data[0])[:3]]
        return "Most likely: " + ", ".join(f"{kind.names[i]} {written.percent(float(data[0][i]))}" for i in order) + "."
    counted = _counts(data, len(kind.names))
    most = int(np.argmax(counted))
    return (
        f"{written.count(int(counted.sum()), 'example')} of {len(kind.names)} classes; most often {kind.names[most]}."
    )


def _counts(data: Array, classes: int) -> Array:
    labels = data.argmax(axis=1) if data.ndim == 2 else data.astype(int)
    return np.bincount(labels.ravel(), minlength=classes)


@draws(Category, _told_category)
def category(value: Value, dark: bool) -> go.Figure:
    """One example's probabilities: bars, the likeliest on top (`more["target"]`: the true class is marked).
    Several examples: how many of each class."""
    kind = cast(Category, value.kind)
    ground = palette.ground(dark)
    data = np.asarray(value.data)
    single = data.ndim == 2 and len(data) == 1
    if single:
        heights = data[0].astype(float)
        order = np.argsort(heights)[-MOST:]
    else:
        heights = _counts(data, len(kind.names)).astype(float)
        order = np.arange(len(heights))[:MOST][::-1]
    true = value.more.get("target")
    mark = int(np.asarray(true).ravel()[0]) if true is not None and single else -1
    names = [f"{kind.names[i]} ✓" if i == mark else kind.names[i] for i in order]
    colors = [palette.category(int(i), dark) for i in order]
    made = plain(dark, 50 + 26 * len(order))
    made.add_bar(
        x=heights[order], y=names, orientation="h", marker={"color": colors}, cliponaxis=False, textposition="outside",
        texttemplate="%{x:.1%}" if single else "%{x:,}", textfont={"color": ground.ink},
        hovertemplate="%{y}: %{x:.2%}<extra></extra>" if single else "%{y}: %{x:,}<extra></extra>",
    )  # fmt: skip
    made.update_xaxes(range=[0, 1.15 if single else float(heights.max() or 1) * 1.15], visible=False)
    made.update_yaxes(showgrid=False, ticklabelstandoff=8, type="category")
    return made


def _told_matrix(value: Value) -> str:
    kind = cast(Matrix, value.kind)
    data = np.asarray(value.data, dtype=float)
    text = f"{len(kind.rows)} by {len(kind.columns)} numbers {spread(data)}."
    if _mirrored(kind, data):
        pairs = [(data[row, column], row, column) for row in range(len(data)) for column in range(row)]
        most, least = (
            f"{kind.rows[row]} and {kind.rows[column]} ({written.number(float(alike))})"
            for alike, row, column in (max(pairs), min(pairs))
        )
        return f"Most alike are {most}, least {least}."
    if kind.rows == kind.columns and kind.scale == "sequential" and data.sum() > 0:
        text = f"{written.percent(float(np.trace(data) / data.sum()))} lie on the diagonal"
        off = data.copy()
        np.fill_diagonal(off, 0)
        row, column = np.unravel_index(int(off.argmax()), off.shape)
        if off[row, column] > 0:
            text += f"; the largest cell off it is {kind.rows[row]} taken for {kind.columns[column]}"
            text += f", {written.number(float(off[row, column]))} times" if off[row, column] >= 1 else ""
        text += "."
    return text


def _mirrored(kind: Matrix, data: Array) -> bool:
    """Whether it says of pairs how alike they are: the same from both sides. What has titles says something else."""
    if kind.rows != kind.columns or len(data) < 2 or kind.row_title:
        return False
    return bool(np.allclose(data, data.T) and np.allclose(data.diagonal(), 1))


@draws(Matrix, _told_matrix)
def matrix(value: Value, dark: bool) -> go.Figure:
    """A heat map; the numbers are written in while there are few enough to be read."""
    kind = cast(Matrix, value.kind)
    data = np.asarray(value.data, dtype=float)
    ground = palette.ground(dark)
    diverging = kind.scale == "diverging"
    most = largest(data)
    small = len(kind.rows) <= 16 and len(kind.columns) <= 16
    mirrored = _mirrored(kind, data)
    whole = bool(np.all(data == np.round(data))) and not mirrored
    written = ",.0f" if whole else f".{2 if most >= 0.1 else 1 - math.floor(math.log10(most))}f"
    scale = palette.diverging(dark) if diverging else palette.sequential(dark)
    made = plain(dark, min(max(100 + 30 * len(kind.rows), 320), 520))
    made.add_heatmap(
        z=data, x=list(kind.columns), y=list(kind.rows), colorscale=[list(stop) for stop in scale],
        zmin=-most if diverging else 0, zmax=most, showscale=not small, xgap=1, ygap=1,
        text=[["" if x == 0 and not mirrored else f"{x:{written}}" for x in row] for row in data] if small else None,
        texttemplate="%{text}" if small else None,
        colorbar={"thickness": 8, "outlinewidth": 0, "tickfont": {"color": ground.faint}},
        hovertemplate=f"{kind.row_title or 'row'} %{{y}}<br>{kind.column_title or 'column'} %{{x}}"
                      "<br><b>%{z}</b><extra></extra>",
    )  # fmt: skip
    made.update_xaxes(
        title={"text": kind.column_title}, side="top", showgrid=False, zeroline=False, type="category", tickangle=0
    )
    if max((len(name) for name in kind.columns), default=0) * len(kind.columns) > 60:
        made.update_xaxes(tickangle=-45)
    if len(kind.rows) == len(kind.columns):
        made.update_xaxes(constrain="domain")
        made.update_yaxes(scaleanchor="x", constrain="domain")
    made.update_yaxes(
        title={"text": kind.row_title}, autorange="reversed", showgrid=False, zeroline=False, type="category",
        ticklabelstandoff=6,
    )  # fmt: skip
    return made


def _told_table(value: Value) -> str:
    kind = cast(Table, value.kind)
    names = ", ".join(kind.columns[:6]) + (" and more" if len(kind.columns) > 6 else "")
    return f"{written.count(len(value.data), 'row')} with {written.count(len(kind.columns), 'column')}: {names}."


@draws(Table, _told_table)
def table(value: Value, dark: bool) -> go.Figure:
    """The first rows as written. (Pages that have room show a data frame instead.)"""
    kind = cast(Table, value.kind)
    ground = palette.ground(dark)
    shown = value.data[:MOST]
    made = plain(dark, 60 + 28 * len(shown), axes=False, margin={"l": 0, "r": 0, "t": 4, "b": 0})
    made.add_table(
        header={"values": list(kind.columns), "fill": {"color": ground.panel}, "line": {"color": ground.line},
                "font": {"color": ground.ink}, "align": "left", "height": 28},
        cells={"values": [list(map(str, column)) for column in shown.T], "fill": {"color": ground.paper},
               "line": {"color": ground.line}, "font": {"color": ground.ink}, "align": "left", "height": 28},
    )  # fmt: skip
    return made
