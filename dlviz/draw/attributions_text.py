"""Attributions of a text: the text itself, each word tinted and underlined by what it spoke for or against."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core.values import Array, Attribution, Value
from dlviz.datasets.tokenizer import as_read, visible
from dlviz.draw import palette
from dlviz.draw.drawing import largest, plain

Drawn = dict[str, Any]
#: Letters in a line, so that it fits a card on a telephone; pixels of a letter, of the margin, and from line to line.
_LINE, _LETTER, _MARGIN, _HEIGHT = 37, 7.25, 4, 34
#: As in code, so that the place of a word follows from the letters before it.
_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
#: What is weaker, as a share of the strongest, stands there as it is; so do all but so many of the strongest.
_WEAK, _TINTED = 0.04, 160
#: So many of the strongest bear their number.
_NUMBERED = 5
_LINE_END = visible("\n")


@dataclass(frozen=True)
class Mark:
    """A piece of the text on one line: where it begins, in letters, and the number of what it is a piece of; -1: of
    nothing that has weight."""

    text: str
    x: int
    line: int
    of: int


def marked(value: Value, dark: bool) -> go.Figure:
    """The text, wrapped: what speaks for the target on blue and underlined, what speaks against it on orange and with a
    dotted line below; the stronger, the deeper. The strongest bear their numbers."""
    kind, ground = cast(Attribution, value.kind), palette.ground(dark)
    numbers = np.nan_to_num(np.asarray(value.data, dtype=float)).reshape(-1)[: len(kind.names)]
    strength = numbers / largest(numbers)
    if len(strength) > _TINTED:
        strength = np.where(np.abs(strength) >= np.sort(np.abs(strength))[-_TINTED], strength, 0.0)
    marks = laid(kind.names, kind.spaced, strength)
    lines = max((mark.line for mark in marks), default=0) + 1
    height = 40 + _HEIGHT * lines
    made = plain(dark, max(100, height), axes=False, margin={"l": 0, "r": 0, "t": 0, "b": 0})
    made.update_xaxes(range=[0, 1], fixedrange=True)
    made.update_yaxes(range=[max(100, height), 0], fixedrange=True)
    shapes: list[Drawn] = []
    notes: list[Drawn] = []
    for mark in marks:
        own = float(strength[mark.of]) if mark.of >= 0 else 0.0
        if abs(own) >= _WEAK:
            shapes += _tint(mark, own, ground)
        told = f"{kind.names[mark.of]}: {numbers[mark.of]:+.4g}" if mark.of >= 0 else ""
        notes.append(_note(mark.x, _top(mark.line) + 15, mark.text, ground.ink, 12, told))
    for mark, said in _numbered(marks, numbers, strength):
        notes.append(_note(mark.x, _top(mark.line) - 1, said, ground.faint, 9))
    for left, said, own in ((0, "for", 1.0), (70, "against", -1.0)):  # what the lines below the words mean
        shapes.append(_line(_MARGIN + left, 18, 18 + _top(lines), own, ground))
        notes.append(_note((left + 24) / _LETTER, 18 + _top(lines), said, ground.faint, 11))
    # all at once: plotly looks through all there are with each that is added
    made.update_layout(shapes=shapes, annotations=notes)
    made.add_scatter(x=[None], y=[None], showlegend=False)
    return made


def laid(names: tuple[str, ...], spaced: bool, strength: Array) -> list[Mark]:
    """The pieces in lines that break between words; weak neighbours on one line are one piece."""
    found: list[Mark] = []
    x = line = 0
    for word in _words(names, spaced):
        wide = sum(len(text) for text, _ in word)
        blank = word[0][0].isspace()
        if x and not blank and x + wide > _LINE:
            x, line = 0, line + 1
        for text, number in word:
            while text:
                if x >= _LINE:
                    x, line = 0, line + 1
                    text = text.lstrip(" ") if blank else text
                piece, text = text[: _LINE - x], text[_LINE - x :]
                if piece:
                    found.append(Mark(piece, x, line, number))
                    x += len(piece)
        if word[-1][0].endswith(_LINE_END):
            x, line = 0, line + 1
    return _merged(found, strength)


def _words(names: tuple[str, ...], spaced: bool) -> list[list[tuple[str, int]]]:
    """The pieces between two places where a line may end; spaces are by themselves."""
    found: list[list[tuple[str, int]]] = []
    fresh = True
    for text, number in as_read(names, spaced):
        for piece in re.findall(r" +|[^ ]+", text):
            if fresh or piece.isspace():
                found.append([(piece, number)])
            else:
                found[-1].append((piece, number))
            fresh = piece.isspace() or piece.endswith(_LINE_END)
    return found


def _merged(marks: list[Mark], strength: Array) -> list[Mark]:
    """Neighbours without weight as one piece: a page of letters would else be a thousand of them."""
    found: list[Mark] = []
    for mark in marks:
        weak = mark.of < 0 or abs(float(strength[mark.of])) < _WEAK
        last = found[-1] if found else None
        if weak and last is not None and last.of == -1 and last.line == mark.line:
            gap = " " * (mark.x - last.x - len(last.text))
            found[-1] = Mark(last.text + gap + mark.text, last.x, last.line, -1)
        else:
            found.append(Mark(mark.text, mark.x, mark.line, -1) if weak else mark)
    return [mark for mark in found if mark.of >= 0 or not mark.text.isspace()]


def _numbered(marks: list[Mark], numbers: Array, strength: Array) -> list[tuple[Mark, str]]:
    """The strongest pieces with their numbers, where there is room above them."""
    found: list[tuple[Mark, str]] = []
    first = {mark.of: mark for mark in reversed(marks) if mark.of >= 0}
    for number in sorted(first, key=lambda number: -abs(float(strength[number])))[:_NUMBERED]:
        mark, said = first[number], f"{numbers[number]:+.2g}"
        near = [other for other, _ in found if other.line == mark.line]
        if all(abs(other.x - mark.x) > len(said) for other in near):
            found.append((mark, said))
    return found


def _top(line: int) -> float:
    return 12 + _HEIGHT * line


def _tint(mark: Mark, own: float, ground: palette.Ground) -> list[Drawn]:
    """The ground of a piece and the line below it."""
    color = ground.positive if own > 0 else ground.negative
    left, top = _MARGIN + _LETTER * mark.x - 1, _top(mark.line)
    wide = _LETTER * len(mark.text) + 2
    filled = {
        "type": "rect", "xsizemode": "pixel", "xanchor": 0, "x0": left, "x1": left + wide, "y0": top + 5,
        "y1": top + 25, "layer": "below", "line": {"width": 0},
        "fillcolor": palette.mixed(ground.paper, color, 0.06 + 0.42 * abs(own)),
    }  # fmt: skip
    return [filled, _line(left, wide, top + 25, own, ground)]


def _line(left: float, wide: float, y: float, own: float, ground: palette.Ground) -> Drawn:
    """Whole for what speaks for the target, dotted for what speaks against it."""
    color, dash = (ground.positive, "solid") if own > 0 else (ground.negative, "2px,3px")
    return {
        "type": "line", "xsizemode": "pixel", "xanchor": 0, "x0": left, "x1": left + wide, "y0": y, "y1": y,
        "line": {"color": color, "width": 1 + 2 * abs(own), "dash": dash},
    }  # fmt: skip


def _note(x: float, y: float, said: str, color: str, size: int, told: str = "") -> Drawn:
    """A piece of text that begins `x` letters from the left; `told` when pointed at."""
    hover = {"hovertext": html.escape(told), "captureevents": True} if told else {}
    return {
        "x": 0, "xshift": _MARGIN + _LETTER * x, "y": y, "text": html.escape(said).replace(" ", "\u00a0"),
        "showarrow": False, "xanchor": "left", "yanchor": "middle", "borderpad": 0,
        "font": {"family": _FONT, "size": size, "color": color}, **hover,
    }  # fmt: skip
