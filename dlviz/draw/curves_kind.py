"""Curves: lines over one axis of numbers or words, some of them faint in the background, some with a band."""

from __future__ import annotations

from html import escape
from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Array, Curves, Value
from dlviz.draw import palette
from dlviz.draw.drawing import draws, plain
from dlviz.draw.shades import cut

#: Lines that are told apart; of more, the colours and dashes begin again.
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
#: Of so few points each is marked: a single one would be no line at all.
FEW = 16
#: Words below the axis at most, and letters that fit there side by side on a telephone.
WORDS, LETTERS = 24, 32
#: Lines that are told in words.
TOLD = 4


def _told_curves(value: Value) -> str:
    kind, lines = cast(Curves, value.kind), _lines(value)
    x, words_of = _axis(value, lines.shape[1])
    named = [(name, line) for name, line in zip(_names(kind, len(lines)), lines, strict=True) if name]
    told = [_course(*one, x, words_of, "" if at else kind.x_title) for at, one in enumerate(named[:TOLD])]
    more, faint = len(named) - len(told), len(lines) - len(named)
    if more:
        told.append(f"{written.count(more, 'more line')}.")
    if faint:
        told.append(f"{written.count(faint, 'faint line')} in the background.")
    return " ".join(told)


def _course(name: str, line: Array, x: Array, words_of: list[str] | None, x_title: str) -> str:
    """How a line runs: where it begins and ends, and where it is highest or lowest in between."""
    known = np.flatnonzero(np.isfinite(line))
    if not len(known):
        return f"{name}: no number."
    first, last = known[0], known[-1]

    def at(place: int) -> str:
        return words_of[place] if words_of else written.number(float(x[place]))

    said = f"{name}: {written.number(float(line[first]))} at {x_title + ' ' if x_title else ''}{at(first)}"
    if last == first:
        return f"{said}."
    said += f", {written.number(float(line[last]))} at {at(last)}"
    ends, span = line[[first, last]], float(np.ptp(line[known]))
    for word, place in (("highest", int(known[line[known].argmax()])), ("lowest", int(known[line[known].argmin()]))):
        if float(np.abs(ends - line[place]).min()) > 0.02 * span:
            said += f", {word} {written.number(float(line[place]))} at {at(place)}"
    return f"{said}."


@draws(Curves, _told_curves)
def curves(value: Value, dark: bool) -> go.Figure:
    """Named lines in colours of their own, each with a dash of its own; the others faint behind them."""
    kind, lines = cast(Curves, value.kind), _lines(value)
    x, words_of = _axis(value, lines.shape[1])
    ground, names = palette.ground(dark), _names(kind, len(lines))
    shown = [at for at, name in enumerate(names) if name]
    made = plain(dark, 340 + 20 * min(5, max(0, len(shown) - 2)), hovermode="closest")
    behind = [line for name, line in zip(names, lines, strict=True) if not name]
    if behind:
        gap = np.full((len(behind), 1), np.nan)  # one trace, its lines apart
        made.add_scatter(
            x=np.tile(np.r_[x, np.nan], len(behind)), y=np.hstack([np.stack(behind), gap]).ravel(), mode="lines",
            line={"color": palette.mixed(ground.faint, ground.paper, 0.55), "width": 1}, hoverinfo="skip",
            showlegend=False,
        )  # fmt: skip
    marked = bool(words_of) or len(x) <= FEW
    for number, at in enumerate(shown):
        color = palette.run(number, dark)
        _band(made, value, at, x, color)
        label = escape(names[at])
        made.add_scatter(
            x=x, y=lines[at], name=label, mode="lines+markers" if marked else "lines", connectgaps=False,
            line={"color": color, "width": 2.2, "dash": DASHES[number % len(DASHES)]},
            marker={"symbol": palette.symbol(number), "size": 7},
            text=[escape(word) for word in words_of] if words_of else None,
            hovertemplate=f"{label}<br>%{{{'text' if words_of else 'x:.4g'}}}: <b>%{{y:.4g}}</b><extra></extra>",
        )  # fmt: skip
    made.update_xaxes(title={"text": escape(kind.x_title)}, zeroline=False, showgrid=False)
    made.update_yaxes(title={"text": escape(kind.y_title)}, zeroline=True, nticks=6)
    if words_of:
        every = -(-len(x) // WORDS)
        made.update_xaxes(tickvals=x[::every], ticktext=[escape(cut(word)) for word in words_of][::every])
        if sum(map(len, words_of)) > LETTERS:
            made.update_xaxes(tickangle=-45)
    if len(shown) > 1:
        made.update_layout(legend={"y": 1.02, "yanchor": "bottom", "font": {"size": 12}}, margin={"t": 8})
    made.update_layout(showlegend=len(shown) > 1)
    return made


def _band(made: go.Figure, value: Value, at: int, x: Array, color: str) -> None:
    """The area from `low` to `high` about line `at`, where it has one."""
    if not {"low", "high"} <= value.more.keys():
        return
    low, high = (np.asarray(value.more[name], dtype=float)[at] for name in ("low", "high"))
    known = np.isfinite(low) & np.isfinite(high)
    if not known.any():
        return
    made.add_scatter(
        x=np.r_[x[known], x[known][::-1]], y=np.r_[high[known], low[known][::-1]], mode="lines", fill="toself",
        line={"width": 0, "color": color}, fillcolor=f"rgba{(*palette.rgb(color), 0.16)}", hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip


def _lines(value: Value) -> Array:
    return np.atleast_2d(np.asarray(value.data, dtype=float))


def _names(kind: Curves, count: int) -> list[str]:
    """The name of each line; empty for one that has none, or only blanks."""
    return [*(name.strip() for name in kind.names), *[""] * count][:count]


def _axis(value: Value, points: int) -> tuple[Array, list[str] | None]:
    """Where the points lie, and the words there; words stand at equal distances."""
    if "words" in value.more:
        return np.arange(points, dtype=float), [str(word) for word in value.more["words"]]
    return np.asarray(value.more.get("x", np.arange(points)), dtype=float), None
