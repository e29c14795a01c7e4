"""Picture of a text: each word on the ground of what it spoke for or against, the strongest with their numbers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from dlviz.asking.answer import Answer
from dlviz.asking.sheet import AGAINST, FAINT, FOR, INK, MARGIN, WIDTH, blank, font, strength, tint, titled
from dlviz.datasets.tokenizer import as_read, visible

#: From line to line in pixels; so many pieces bear their number; what is weaker than this has no ground.
_LINE, _NUMBERED, _WEAK = 44, 8, 0.04


def text(answer: Answer) -> Any:
    """The text, wrapped. A whole line below a word: it spoke for the target; a broken one: against it."""
    kind, values = answer.explanation.kind, np.nan_to_num(answer.explanation.values)
    own = strength(values)
    _, measure = blank(1, 1)
    places, lines = _laid(measure, kind.names, kind.spaced)
    sheet, draw = blank(WIDTH, 100 + _LINE * lines)
    strongest = set(np.argsort(-np.abs(own))[:_NUMBERED].tolist())
    for piece, number, x, line, wide in places:
        top = 60 + _LINE * line
        share = float(own[number]) if number >= 0 else 0.0
        if abs(share) >= _WEAK:
            draw.rectangle((x, top, x + wide, top + 22), tint(share))
            _below(draw, x, x + wide, top + 23, share)
            if number in strongest:
                strongest.discard(number)
                draw.text((x, top - 1), f"{values[number]:+.2g}", FAINT, font(10), anchor="lb")
        draw.text((x, top + 17), piece, INK, font(15), anchor="ls")
    titled(draw, answer, 66 + _LINE * lines)
    return sheet


def _laid(draw: Any, names: tuple[str, ...], spaced: bool) -> tuple[list[tuple[str, int, float, int, float]], int]:
    """(text, token, left, line, width) of each piece, and how many lines there are; lines break between words."""
    words: list[list[tuple[str, int]]] = []
    fresh = True
    for written, number in as_read(names, spaced):
        for piece in re.findall(r" +|[^ ]+", written):
            if fresh or piece.isspace():
                words.append([])
            words[-1].append((piece, number))
            fresh = piece.isspace() or piece == visible("\n")
    found: list[tuple[str, int, float, int, float]] = []
    x, line = float(MARGIN), 0
    for word in words:
        widths = [draw.textlength(piece, font=font(15)) for piece, _ in word]
        if x > MARGIN and x + sum(widths) > WIDTH - MARGIN:
            x, line = float(MARGIN), line + 1
            if word[0][0].isspace():
                continue
        for (piece, number), wide in zip(word, widths, strict=True):
            found.append((piece, number, x, line, wide))
            x += wide
        if word[-1][0] == visible("\n"):
            x, line = float(MARGIN), line + 1
    return found, line + 1


def _below(draw: Any, left: float, right: float, y: float, own: float) -> None:
    if own > 0:
        draw.line((left, y, right, y), FOR, 3)
        return
    for start in np.arange(left, right, 6):
        draw.line((start, y, min(start + 3, right), y), AGAINST, 3)
