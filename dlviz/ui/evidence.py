"""The evidence of a diagnosis as a small drawing: curves, and the border that was crossed as a dashed line."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from dlviz.ui import palette, words

#: In pixels; the drawing fits into a card on a phone without being shrunk.
WIDTH, HEIGHT = 320, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 10, 34
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
    log = bool(evidence.get("log")) and any(value > 0 for value in values)
    least = min((value for value in values if value > 0), default=1.0)

    def scaled(value: float) -> float:
        return math.log10(max(value, least)) if log else value

    low, high = min(map(scaled, values)), max(map(scaled, values))
    if high - low < 1e-12:
        low, high = low - 0.5, high + 0.5
    first, last = min(line.steps[0] for line in lines), max(line.steps[-1] for line in lines)
    wide, tall = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def x(step: float) -> float:
        return _LEFT + wide * (step - first) / max(last - first, 1e-9)

    def y(value: float) -> float:
        return _TOP + tall * (1 - (scaled(value) - low) / (high - low))

    ground = palette.ground(dark)
    text = f'font-family="system-ui, sans-serif" font-size="11" fill="{ground.faint}"'
    ends = [10**edge if log else edge for edge in (low, high)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f'<path d="M{_LEFT} {_TOP}V{_TOP + tall}H{WIDTH - _RIGHT}" fill="none" stroke="{ground.line}"/>',
        f'<text x="{_LEFT - 4}" y="{_TOP + tall}" text-anchor="end" {text}>{ends[0]:.3g}</text>',
        f'<text x="{_LEFT - 4}" y="{_TOP + 9}" text-anchor="end" {text}>{ends[1]:.3g}</text>',
        f'<text x="{WIDTH - _RIGHT}" y="{_TOP + tall + 12}" text-anchor="end" {text}>step {last:,.0f}</text>',
    ]
    for number, line in enumerate(lines):
        points = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in zip(line.steps, line.values, strict=True))
        dash = f' stroke-dasharray="{_DASHES[number % len(_DASHES)]}"' if number % len(_DASHES) else ""
        color = palette.run(number, dark)
        if len(line.steps) == 1:
            parts.append(f'<circle cx="{x(line.steps[0]):.1f}" cy="{y(line.values[0]):.1f}" r="3" fill="{color}"/>')
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5"{dash}/>')
    if border is not None:
        high_up = y(border) < _TOP + 14
        parts.append(
            f'<path d="M{_LEFT} {y(border):.1f}H{WIDTH - _RIGHT}" stroke="{ground.ink}" stroke-dasharray="4 3"/>'
            f'<text x="{WIDTH - _RIGHT}" y="{y(border) + (11 if high_up else -3):.1f}" text-anchor="end" '
            f'stroke="{ground.paper}" stroke-width="3" paint-order="stroke" '
            f"{text.replace(ground.faint, ground.negative)}>{escape(str(evidence.get('line_title') or ''))}</text>"
        )
    parts.append(_legend(lines, dark, text))
    return "".join([*parts, "</svg>"])


def _legend(lines: list[Line], dark: bool, text: str) -> str:
    """The names below, as many as fit; each with a piece of its line."""
    made, at = [], float(_LEFT - 30)
    for number, line in enumerate(lines):
        name = line.name if len(line.name) <= 22 else f"…{line.name[-21:]}"
        room = 24 + 6.2 * len(name)
        if at + room > WIDTH:
            made.append(f'<text x="{at}" y="{HEIGHT - 6}" {text}>…</text>')
            break
        dash = f' stroke-dasharray="{_DASHES[number % len(_DASHES)]}"' if number % len(_DASHES) else ""
        made.append(
            f'<path d="M{at} {HEIGHT - 10}h18" stroke="{palette.run(number, dark)}" stroke-width="2"{dash}/>'
            f'<text x="{at + 22}" y="{HEIGHT - 6}" {text}>{escape(name)}</text>'
        )
        at += room + 8
    return "".join(made)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
