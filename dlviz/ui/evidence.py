"""The evidence of a diagnosis as a small drawing: curves, and the border that was crossed as a dashed line."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from dlviz.draw import palette
from dlviz.ui import words

#: In pixels; the drawing fits into a card on a phone without being shrunk.
WIDTH, HEIGHT = 320, 168
_RIGHT, _TOP, _BOTTOM = 8, 10, 52
#: A letter's width at 11 pixels, on the broad side.
_LETTER = 6.3
#: Where the largest value is so many times the middle one, a linear axis would press all else flat.
_SQUEEZED = 20.0
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 2", "10 4")


class Line(NamedTuple):
    """One curve: its name and its points."""

    name: str
    steps: list[float]
    values: list[float]


def picture(evidence: Mapping[str, Any], dark: bool) -> str:
    """An `<img>` with its spoken summary; empty where there is nothing to draw."""
    lines = _lines(evidence)
    if not lines:
        return ""
    drawn = base64.b64encode(_svg(evidence, lines, dark).encode()).decode()
    return (
        f'<img src="data:image/svg+xml;base64,{drawn}" alt="{escape(summary(evidence), quote=True)}" width="{WIDTH}" '
        f'height="{HEIGHT}" style="max-width:100%;height:auto">'
    )


def summary(evidence: Mapping[str, Any]) -> str:
    """What the drawing shows, in words."""
    said = [
        f"{line.name} from {words.number(line.values[0])} at step {line.steps[0]:,.0f} to "
        f"{words.number(line.values[-1])} at step {line.steps[-1]:,.0f}"
        for line in _lines(evidence)
    ]
    border = evidence.get("line")
    title = str(evidence.get("title") or "Curve")
    end = ""
    if _number(border):
        end = f"; the border ({evidence.get('line_title') or 'line'}) lies at {words.number(float(border))}"  # type: ignore[arg-type]
    return f"{title}: {'; '.join(said)}{end}."


def _lines(evidence: Mapping[str, Any]) -> list[Line]:
    """The curves that can be drawn: what stands in a file may be damaged."""
    curves = evidence.get("curves")
    found = []
    for curve in curves if isinstance(curves, Sequence) else ():
        if not isinstance(curve, Mapping):
            continue
        steps, values = curve.get("steps"), curve.get("values")
        if not isinstance(steps, list) or not isinstance(values, list) or len(steps) != len(values) or not steps:
            continue
        if all(map(_number, steps)) and all(map(_number, values)):
            found.append(Line(str(curve.get("name") or ""), [float(at) for at in steps], [float(x) for x in values]))
    return found


def _svg(evidence: Mapping[str, Any], lines: list[Line], dark: bool) -> str:
    border = float(evidence["line"]) if _number(evidence.get("line")) else None
    values = [value for line in lines for value in line.values] + ([border] if border is not None else [])
    log, low, high = _axis(values, bool(evidence.get("log")))

    def scaled(value: float) -> float:
        return math.log10(max(value, 10**low)) if log else min(max(value, low), high)

    ends = [_end(10**edge if log else edge) for edge in (low, high)]
    if not log and min(values) < low:
        ends[0] = f"≤ {ends[0]}"
    left = max(34.0, 8 + _LETTER * max(map(len, ends)))
    first, last = min(line.steps[0] for line in lines), max(line.steps[-1] for line in lines)
    wide, tall = WIDTH - left - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def x(step: float) -> float:
        return left + wide * (step - first) / max(last - first, 1e-9)

    def y(value: float) -> float:
        return _TOP + tall * (1 - (scaled(value) - low) / (high - low))

    ground = palette.ground(dark)
    text = f'font-family="system-ui, sans-serif" font-size="11" fill="{ground.faint}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f'<path d="M{left:.1f} {_TOP}V{_TOP + tall}H{WIDTH - _RIGHT}" fill="none" stroke="{ground.line}"/>',
        f'<text x="{left - 4:.1f}" y="{_TOP + tall}" text-anchor="end" {text}>{escape(ends[0])}</text>',
        f'<text x="{left - 4:.1f}" y="{_TOP + 9}" text-anchor="end" {text}>{escape(ends[1])}</text>',
        f'<text x="{WIDTH - _RIGHT}" y="{_TOP + tall + 12}" text-anchor="end" {text}>step {last:,.0f}</text>',
    ]
    if log:
        parts.append(f'<text x="{left:.1f}" y="{_TOP + tall + 12}" {text}>powers of ten</text>')
    entries = []
    for number, line in enumerate(lines):
        points = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in zip(line.steps, line.values, strict=True))
        dash = f' stroke-dasharray="{_DASHES[number % len(_DASHES)]}"' if number % len(_DASHES) else ""
        color = palette.run(number, dark)
        if len(line.steps) == 1:
            parts.append(f'<circle cx="{x(line.steps[0]):.1f}" cy="{y(line.values[0]):.1f}" r="3" fill="{color}"/>')
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5"{dash}/>')
        entries.append((line.name, f'stroke="{color}" stroke-width="2"{dash}'))
    if border is not None:
        look = f'stroke="{ground.ink}" stroke-dasharray="4 3"'
        parts.append(f'<path d="M{left:.1f} {y(border):.1f}H{WIDTH - _RIGHT}" {look}/>')
        entries.insert(0, (f"{evidence.get('line_title') or 'border'}: {words.number(border)}", look))
    parts.append(_legend(entries, text))
    return "".join([*parts, "</svg>"])


def _axis(values: list[float], log: bool) -> tuple[bool, float, float]:
    """(whether it is one of powers of ten, its lowest, its highest, as powers there). A few values far from the rest
    must not press it flat: then powers of ten are taken or, where some are not above 0, the lowest are cut off."""
    ordered = sorted(values)
    middle = ordered[len(ordered) // 2]
    log = log or (ordered[0] > 0 and ordered[-1] > _SQUEEZED * middle)
    if log and ordered[-1] > 0:
        low, high = math.log10(next(value for value in ordered if value > 0)), math.log10(ordered[-1])
    elif len(ordered) < 20:
        log, low, high = False, ordered[0], ordered[-1]
    else:
        log, low, high = False, ordered[0], ordered[-1]
        tenth = ordered[len(ordered) // 10]
        if tenth - low > _SQUEEZED / 4 * (high - tenth) > 0:
            low = tenth - 0.2 * (high - tenth)
        elif middle - low > _SQUEEZED * (high - middle) > 0:
            low = middle - 2 * (high - middle)
    return (log, low, high) if high - low > 1e-12 else (log, low - 0.5, high + 0.5)


def _end(value: float) -> str:
    """An end of the axis, short: what differs from 0 by the last bits alone is 0."""
    return "0" if abs(value) < 1e-12 else f"{value:.2g}" if abs(value) < 1e-3 or abs(value) >= 1e5 else f"{value:.3g}"


def _legend(entries: list[tuple[str, str]], text: str) -> str:
    """The names below in two rows, as many as fit; each with a piece of its line."""
    made, at, row = [], 8.0, 0
    for name, look in entries:
        name = name if len(name) <= 36 else f"…{name[-35:]}"
        room = 24 + _LETTER * len(name)
        if at > 8 and at + room > WIDTH - (16 if row else 0):
            if row:
                made.append(f'<text x="{at:.1f}" y="{HEIGHT - 6}" {text}>…</text>')
                break
            at, row = 8.0, 1
        base = HEIGHT - 24 + 18 * row
        made.append(
            f'<path d="M{at:.1f} {base - 4}h18" {look}/><text x="{at + 22:.1f}" y="{base}" {text}>{escape(name)}</text>'
        )
        at += room + 8
    return "".join(made)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
