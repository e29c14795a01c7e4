"""The register of drawings, and what all figures have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Array, Kind, Value
from dlviz.draw import palette

Drawing = Callable[[Value, bool], go.Figure]
Telling = Callable[[Value], str]

_DRAWINGS: dict[type[Kind], tuple[Drawing, Telling]] = {}


def draws(kind: type[Kind], told: Telling) -> Callable[[Drawing], Drawing]:
    """Register a drawing of `kind`, and the function that tells in a sentence what one sees."""

    def register(drawing: Drawing) -> Drawing:
        _DRAWINGS[kind] = (drawing, told)
        return drawing

    return register


def figure(value: Value, dark: bool = False) -> go.Figure:
    """`value` as a figure. Its height is fixed by its kind and size, so that nothing jumps when it is drawn anew."""
    drawing, _ = _DRAWINGS[type(value.kind)]
    if value.data.size == 0:
        return nothing(dark)
    drawn = drawing(value, dark)
    drawn.update_layout(meta={"summary": summary(value)})
    return drawn


def summary(value: Value) -> str:
    """What one sees in the figure of `value`, in a sentence for those who do not see it."""
    _, told = _DRAWINGS[type(value.kind)]
    if value.data.size == 0:
        return "Nothing to show yet."
    ended = value.title.endswith((".", "?", "!"))
    start = f"{value.title}{'' if ended else '.'} " if value.title else ""
    return f"{start}{value.note or told(value)}"


def drawn_kinds() -> set[type[Kind]]:
    """The kinds that can be drawn."""
    return set(_DRAWINGS)


def plain(dark: bool, height: int, axes: bool = True, **layout: Any) -> go.Figure:
    """An empty figure in the page's colours."""
    ground = palette.ground(dark)
    axis = {
        "gridcolor": ground.line,
        "zerolinecolor": ground.line,
        "linecolor": ground.line,
        "tickfont": {"color": ground.faint, "size": 12},
        "title": {"font": {"color": ground.faint, "size": 12}},
        "automargin": True,
        "visible": axes,
    }
    made = go.Figure()
    made.update_layout(
        template="none",
        height=height,
        margin={"l": 8, "r": 8, "t": 12, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "Source Sans, Source Sans Pro, system-ui, sans-serif", "size": 13, "color": ground.ink},
        hoverlabel={"bgcolor": ground.panel, "bordercolor": ground.line, "font": {"color": ground.ink}},
        legend={"orientation": "h", "y": -0.12, "x": 0, "font": {"color": ground.ink}},
        xaxis=axis,
        yaxis=axis,
        dragmode=False,
    )
    made.update_layout(**layout)
    return made


def nothing(dark: bool, sentence: str = "Nothing to show yet.") -> go.Figure:
    """A figure that says that there is nothing to draw."""
    made = plain(dark, 160, axes=False)
    made.add_annotation(text=sentence, showarrow=False, font={"color": palette.ground(dark).faint})
    return made


def spread(numbers: Array) -> str:
    """The range of numbers in words."""
    finite = np.asarray(numbers, dtype=float)
    finite = finite[np.isfinite(finite)]
    if finite.size == 0:
        return "no finite number"
    low, high = float(finite.min()), float(finite.max())
    return written.number(low) if low == high else f"from {written.number(low)} to {written.number(high)}"


def largest(numbers: Array) -> float:
    """The largest absolute value among the finite numbers; 1 where there is none but 0, so that it can divide."""
    finite = np.abs(np.asarray(numbers, dtype=float))
    finite = finite[np.isfinite(finite)]
    return float(finite.max(initial=0.0)) or 1.0
