"""Pictures of what runs in time: a series or a sound with bars below it, a spectrogram with its seconds and pitches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlviz.asking.answer import Answer
from dlviz.asking.sheet import AGAINST, FAINT, FOR, INK, WIDTH, blank, font, strength, strengths, tint, tinted, titled
from dlviz.core.values import Array

#: Where the panels lie across, their height: of the line and of the bars; the height of a spectrogram.
_LEFT, _RIGHT, _LINE, _BARS, _GAP, _MAP = 80, WIDTH - 24, 130, 60, 34, 240
#: So many channels are drawn, those with most weight, if they have this share of the strongest's; so many bars across.
_CHANNELS, _LEAST, _ACROSS = 5, 0.05, 160
_TICKS = (60, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)


def lines(answer: Answer) -> Any:
    """A panel for each channel: its line on a tinted ground, and bars, up for and down against the target."""
    more = answer.value().more
    numbers = np.atleast_2d(np.nan_to_num(np.asarray(answer.explanation.values, float)))
    seen = np.atleast_2d(np.asarray(more["input"], float))
    weights = np.abs(numbers).sum(1)
    many = min(_CHANNELS, int((weights >= _LEAST * weights.max()).sum()))
    chosen = np.sort(np.argsort(-weights, kind="stable")[:many]).tolist()
    names = [str(name) for name in more.get("channels", [""] * len(numbers))]
    bars = strength(_binned(numbers))
    sheet, draw = blank(WIDTH, 110 + (_LINE + _BARS + _GAP) * len(chosen))
    for place, channel in enumerate(chosen):
        top = 60 + (_LINE + _BARS + _GAP) * place
        draw.text((_LEFT, top - 4), names[channel], FAINT, font(12), anchor="lb")
        _panel(draw, seen[channel], bars[channel], top)
    bottom = 60 + (_LINE + _BARS + _GAP) * len(chosen) - _GAP
    for share in (0.0, 0.5, 1.0):
        _tick(draw, _LEFT + share * (_RIGHT - _LEFT), bottom + 4, _moment(more, numbers.shape[1], share))
    titled(draw, answer, bottom + 36)
    return sheet


def heard(answer: Answer) -> Any:
    """The spectrogram tinted, its lowest pitch at the bottom."""
    from PIL import Image

    more, under = answer.value().more, answer.explanation.under
    assert under is not None, "attributions over a spectrogram come with it"
    over = Image.fromarray(tinted(np.asarray(under, float), strengths(answer.explanation.values))[::-1])
    sheet, draw = blank(WIDTH, _MAP + 130)
    sheet.paste(over.resize((_RIGHT - _LEFT, _MAP), Image.Resampling.NEAREST), (_LEFT, 50))
    hertz = np.asarray(more.get("hertz", ()), float)
    each = _MAP / under.shape[-2]
    for tick in _TICKS:
        if len(hertz) and hertz[0] <= tick <= hertz[-1]:
            y = 50 + _MAP - each * (float(np.interp(tick, hertz, np.arange(len(hertz)))) + 0.5)
            draw.line((_LEFT - 5, y, _LEFT, y), FAINT)
            draw.text((_LEFT - 8, y), f"{tick:,} Hz", FAINT, font(11), anchor="rm")
    for share in (0.0, 0.5, 1.0):
        _tick(draw, _LEFT + share * (_RIGHT - _LEFT), 56 + _MAP, _moment(more, under.shape[-1], share))
    titled(draw, answer, _MAP + 96)
    return sheet


def _panel(draw: Any, seen: Array, bars: Array, top: float) -> None:
    wide = (_RIGHT - _LEFT) / len(bars)
    middle = top + _LINE + 8 + _BARS / 2
    for place, bar in enumerate(bars.tolist()):
        left, right = _LEFT + place * wide, _LEFT + (place + 1) * wide
        if bar:
            draw.rectangle((left, top, right, top + _LINE), tint(bar))
            ends = sorted((middle, middle - bar * _BARS / 2))
            draw.rectangle((left + 0.5, ends[0], right - 0.5, ends[1]), FOR if bar > 0 else AGAINST)
    draw.line((_LEFT, middle, _RIGHT, middle), FAINT)
    for said, y in (("for +", middle - _BARS / 4), ("against -", middle + _BARS / 4)):
        draw.text((_LEFT - 8, y), said, FAINT, font(11), anchor="rm")
    low, high = float(seen.min()), float(seen.max())
    span = (high - low) or 1.0
    for number, y in ((high, top + 8), (low, top + _LINE - 8)):
        draw.text((_LEFT - 8, y), f"{number:.4g}", FAINT, font(11), anchor="rm")
    _curve(draw, seen, lambda number: top + _LINE * (1 - (number - low) / span))


def _curve(draw: Any, seen: Array, height: Callable[[float], float]) -> None:
    """The line; of a long sound, each column shows its least and its greatest value."""
    columns = min(len(seen), _RIGHT - _LEFT)
    x = (_LEFT + (np.arange(columns) + 0.5) * (_RIGHT - _LEFT) / columns).tolist()
    if len(seen) > columns:
        for at, piece in zip(x, np.array_split(seen, columns), strict=True):
            draw.line((at, height(float(piece.min())), at, height(float(piece.max()))), INK)
        return
    draw.line([(at, height(float(number))) for at, number in zip(x, seen, strict=True)], INK, 2, joint="curve")


def _binned(numbers: Array) -> Array:
    """Numbers (channels, steps) summed over neighbours, so that at most so many bars are left."""
    each = -(-numbers.shape[1] // _ACROSS)
    starts = np.arange(0, numbers.shape[1], each)
    return np.asarray(np.add.reduceat(numbers, starts, axis=1))


def _moment(more: dict[str, Array], steps: int, share: float) -> str:
    """What stands at a share of the way from the first step to the last."""
    if "seconds" in more:
        return f"{share * float(more['seconds'][0]):.2f} s"
    start = int(more["start"][0]) if "start" in more else 0
    return f"step {start + round(share * (steps - 1))}"


def _tick(draw: Any, x: float, y: float, said: str) -> None:
    anchor = "l" if x <= _LEFT else "r" if x >= _RIGHT else "m"
    draw.text((x, y), said, FAINT, font(11), anchor=f"{anchor}t")
