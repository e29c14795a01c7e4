"""Sentences with a tag for each word: names of entities as colored spans, true ones above, predicted ones below."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Array, Tags, Value
from dlviz.draw import palette
from dlviz.draw.drawing import draws, plain

#: Letters in a line, so that it fits a telephone, the height of one in pixels, the space between sentences, and
#: how many sentences are drawn.
_LINE, _HEIGHT, _BETWEEN, _MOST = 46, 46, 14, 12
#: Pixels of a letter and of the margin: a figure is as wide as its page, letters are not.
_LETTER, _MARGIN = 7.25, 6
#: As in code, so that the place of a word follows from the letters before it.
_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


@dataclass(frozen=True)
class Span:
    """Words from `begin` to before `end` that are one entity, or one word with a plain tag."""

    kind: str
    begin: int
    end: int


def spans(names: tuple[str, ...], tags: Array) -> list[Span]:
    """What the tags of a sentence mark. Plain tags: every word but those with the first tag by itself."""
    entities = names[:1] == ("O",) and all(name[:2] in ("B-", "I-") for name in names[1:])
    found: list[Span] = []
    for place, tag in enumerate(tags):
        name = names[int(tag)] if tag >= 0 else ""
        kind = name[2:] if entities else name
        if tag <= 0:
            continue
        last = found[-1] if found else None
        if entities and name[:1] == "I" and last is not None and last.end == place and last.kind == kind:
            found[-1] = Span(kind, last.begin, place + 1)
        else:
            found.append(Span(kind, place, place + 1))
    return found


def _sentence(value: Value, row: int) -> tuple[list[str], list[Span], list[Span] | None]:
    """The words of a sentence, its true spans and the predicted ones."""
    kind = cast(Tags, value.kind)
    tags = np.atleast_2d(np.asarray(value.data).astype(int))[row]
    many = int((tags >= 0).sum())
    read = [str(w) for w in np.atleast_2d(value.more["words"])[row][:many]] if "words" in value.more else []
    read += [str(place + 1) for place in range(len(read), many)]
    said = np.atleast_2d(value.more["predicted"])[row][:many] if "predicted" in value.more else None
    return read, spans(kind.names, tags[:many]), None if said is None else spans(kind.names, said)


def _told(value: Value) -> str:
    read, true, said = _sentence(value, 0)

    def named(found: list[Span]) -> str:
        return ", ".join(f"{' '.join(read[s.begin : s.end])} ({s.kind})" for s in found[:12]) or "nothing"

    also = f"; the network found {named(said)}" if said is not None else ""
    return f"{written.count(len(read), 'word')}: {named(true)}{also}."


@draws(Tags, _told)
def tags(value: Value, dark: bool) -> go.Figure:
    """The first sentences. A span that is right is filled; one that is missed has a dashed border and its name above,
    a wrong one a dotted border and its name below, with a cross."""
    ground = palette.ground(dark)
    kinds = tuple(dict.fromkeys(name.partition("-")[2] or name for name in cast(Tags, value.kind).names[1:]))
    colors = {kind: palette.run(place, dark) for place, kind in enumerate(kinds)}
    made = plain(dark, 100, axes=False)
    top = 10.0
    for row in range(min(_MOST, len(np.atleast_2d(value.data)))):
        read, true, said = _sentence(value, row)
        places, lines = _laid(read)
        for place, word in enumerate(read):
            x, line = places[place]
            _text(made, x, top + _HEIGHT * line + 23, word, ground.ink, 12)
        for span, state in _judged(true, said):
            _mark(made, span, state, places, read, top, colors[span.kind])
        top += _HEIGHT * lines + _BETWEEN
    made.update_layout(height=max(100, int(top)), margin={"l": 4, "r": 4, "t": 0, "b": 0})
    made.update_xaxes(range=[0, 1])
    made.update_yaxes(range=[max(100, int(top)), 0])
    made.add_scatter(x=[None], y=[None], showlegend=False)
    return made


def _laid(read: list[str]) -> tuple[list[tuple[int, int]], int]:
    """Where each word begins, (letter, line), and how many lines there are."""
    places, at, line = [], 0, 0
    for word in read:
        if at and at + len(word) > _LINE:
            at, line = 0, line + 1
        places.append((at, line))
        at += len(word) + 1
    return places, line + 1


def _judged(true: list[Span], said: list[Span] | None) -> list[tuple[Span, str]]:
    if said is None:
        return [(span, "right") for span in true]
    return [
        *((span, "right" if span in said else "missed") for span in true),
        *((span, "wrong") for span in said if span not in true),
    ]


def _mark(
    made: go.Figure, span: Span, state: str, places: list[tuple[int, int]], read: list[str], top: float, color: str
) -> None:
    """The span's box, a piece a line, and its name: of what is true above, of what is wrong below."""
    pieces: dict[int, list[int]] = {}
    for place in range(span.begin, span.end):
        pieces.setdefault(places[place][1], []).append(place)
    below = state == "wrong"
    for line, own in pieces.items():
        left, right = (
            _MARGIN + _LETTER * at
            for at in (places[own[0]][0] - 0.4, places[own[-1]][0] + min(len(read[own[-1]]), _LINE) + 0.4)
        )
        y = top + _HEIGHT * line
        inset = 3 if below else 0  # so that a wrong span and a missed one on the same words are both seen
        made.add_shape(
            type="rect",
            xsizemode="pixel",
            xanchor=0,
            x0=left,
            x1=right,
            y0=y + 13 + inset,
            y1=y + 33 - inset,
            layer="below",
            fillcolor=color,
            opacity=0.28 if state == "right" else 0.06,
            line={"width": 0},
        )
        dash = {"right": "solid", "missed": "dash", "wrong": "dot"}[state]
        made.add_shape(
            type="rect",
            xsizemode="pixel",
            xanchor=0,
            x0=left,
            x1=right,
            y0=y + 13 + inset,
            y1=y + 33 - inset,
            line={"color": color, "width": 1.5, "dash": dash},
        )
    x, line = places[span.begin]
    name = {"right": span.kind, "missed": f"{span.kind}, missed", "wrong": f"✗ {span.kind}"}[state]
    _text(made, x - 0.4, top + _HEIGHT * line + (40 if below else 6), name, color, 10)


def _text(made: go.Figure, x: float, y: float, said: str, color: str, size: int) -> None:
    made.add_annotation(
        x=0,
        xshift=_MARGIN + _LETTER * x,
        y=y,
        text=html.escape(said[:_LINE]),
        showarrow=False,
        xanchor="left",
        yanchor="middle",
        borderpad=0,
        font={"family": _FONT, "size": size, "color": color},
    )
