"""What goes into a layer and what comes out, drawn as SVG: tiles of colours, bars, token ids, masks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from dlviz.draw import palette

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlviz.layers.sketch import Panel, Sketch

#: Room for the line of sizes below, for the arrow, between two inputs, and between tiles; the largest cell.
_CAPTION, _ARROW, _BETWEEN, _GAP, _LARGEST = 14.0, 26.0, 10.0, 3.0, 13.0
#: The width of a result that is one number.
_NUMBER = 40.0
_LEVELS = 24


@dataclass(frozen=True)
class Frame:
    """Where numbers lie in the picture: (first, last) in pixels and in numbers, across and up."""

    across: tuple[float, float]
    down: tuple[float, float]
    x: tuple[float, float]
    y: tuple[float, float]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The pixel of a point; what lies outside is drawn at the rim."""
        share = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = min(max((y - self.y[0]) / (self.y[1] - self.y[0]), 0), 1)
        across = self.across[0] + share * (self.across[1] - self.across[0])
        return round(across, 1), round(self.down[1] - up * (self.down[1] - self.down[0]), 1)

    def line(self, start: tuple[float, float], end: tuple[float, float], color: str) -> str:
        (x, y), (to_x, to_y) = self.at(*start), self.at(*end)
        return f'<path d="M{x:g} {y:g}L{to_x:g} {to_y:g}" stroke="{color}"/>'


def text(words: str, x: float, y: float, color: str, anchor: str = "middle", size: float = 9, halo: str = "") -> str:
    """A word or two of SVG, with a halo where it may lie on a line."""
    around = f' paint-order="stroke" stroke="{halo}" stroke-width="3"' if halo else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}" fill="{color}"{around}>{words}</text>'
    )


def drawn(sketch: Sketch, dark: bool, width: float, height: float) -> list[str]:
    """The marks of a sketch that shows before and after, within (width, height)."""
    assert sketch.after is not None
    panels = [*sketch.before, sketch.after]
    ground, color = palette.ground(dark), palette.group(sketch.group, dark)
    between = [_BETWEEN] * (len(sketch.before) - 1) + [_ARROW]
    room = width - 8 - sum(between)
    cell = min(_cell(panels, room, height - _CAPTION - 8), _LARGEST)
    spans = [_span(panel, cell, room, panels) for panel in panels]
    x = (width - sum(span[0] for span in spans) - sum(between)) / 2
    middle = (height - _CAPTION) / 2 + 2
    scales = _scales(panels)
    signed = any((panel.tiles < 0).any() for panel in panels if panel.look == "colours")
    marks: list[str] = []
    for number, (panel, (across, down), most) in enumerate(zip(panels, spans, scales, strict=True)):
        pen = Pen(panel, x, middle - down / 2, across, down, cell, most, signed, dark, color)
        marks += pen.marks()
        marks.append(text(_sizes(panel), x + across / 2, height - 4, ground.faint, size=8.5))
        x += across
        if number == len(panels) - 2:
            marks.append(_arrow(x + _ARROW / 2, middle, color))
        x += between[number] if number < len(between) else 0
    return marks


def _sizes(panel: Panel) -> str:
    """The shape of a panel, with the number of examples where these are several."""
    sizes = "×".join(map(str, panel.shape)) or "1 number"
    if panel.examples == 1:
        return sizes
    return f"{panel.examples} {'rows ' if len(panel.shape) == 1 else ''}of {sizes}"


def _arrow(x: float, y: float, color: str) -> str:
    return (
        f'<path d="M{x - 7:g} {y:g}h13m-4 -4l4 4l-4 4" fill="none" stroke="{color}" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )


def _cell(panels: Sequence[Panel], room: float, height: float) -> float:
    """One size of cell for all, so that what shrinks looks smaller."""
    tiled = [panel.tiles.shape for panel in panels if panel.look != "number"]
    if not tiled:
        return _LARGEST
    gaps = sum((columns - 1) * _GAP for _, columns, _, _ in tiled)
    words = _NUMBER * sum(panel.look == "number" for panel in panels)
    across = (room - gaps - words) / sum(columns * width for _, columns, _, width in tiled)
    bars = any(panel.look == "bars" for panel in panels)
    down = math.inf if bars else min((height - (rows - 1) * _GAP) / (rows * tall) for rows, _, tall, _ in tiled)
    return float(min(across, down))


def _span(panel: Panel, cell: float, room: float, panels: Sequence[Panel]) -> tuple[float, float]:
    """The width and height of a panel."""
    rows, columns, tall, width = panel.tiles.shape
    if panel.look == "number":
        return _NUMBER, 20.0
    if panel.look == "bars":
        return width * cell, 62.0
    return columns * width * cell + (columns - 1) * _GAP, rows * tall * cell + (rows - 1) * _GAP


def _scales(panels: Sequence[Panel]) -> list[float]:
    """The largest number of each panel; one for all where they are of one order, so that colours can be compared."""
    import numpy as np

    own = [float(np.nanmax(np.abs(panel.tiles))) or 1.0 for panel in panels]
    shown = [most for most, panel in zip(own, panels, strict=True) if panel.look in ("colours", "bars")]
    if shown and max(shown) <= 3 * min(shown):
        return [max(shown)] * len(panels)
    return own


@dataclass(frozen=True)
class Pen:
    """Draws one panel into the rectangle at (x, y)."""

    panel: Panel
    x: float
    y: float
    width: float
    height: float
    cell: float
    most: float
    signed: bool
    dark: bool
    color: str

    def marks(self) -> Iterator[str]:
        """The marks of the panel, its windows last."""
        ground = palette.ground(self.dark)
        if self.panel.look == "number":
            value = f"{float(self.panel.tiles.flat[0]):.2f}".replace("-", "−")
            yield text(value, self.x + self.width / 2, self.y + 15, ground.ink, size=14)
        elif self.panel.look == "bars":
            yield from self._bars(ground)
        elif self.panel.look == "ids":
            yield from self._ids(ground)
        elif self.panel.look == "mask":
            yield from self._mask(ground)
        else:
            yield from self._colours(ground)
        if self.panel.look != "number":
            yield from self._windows()

    def _bars(self, ground: palette.Ground) -> Iterator[str]:
        numbers = self.panel.tiles[0, 0, 0]
        # the same height for the same number in every panel, with 0 in the middle where there are both signs
        unit = self.height / (2 * self.most)
        zero = self.y + self.height / 2
        for place, value in enumerate(numbers.tolist()):
            tall = abs(value) * unit
            top = zero - tall if value >= 0 else zero
            color = ground.positive if value >= 0 else ground.negative
            yield _rect(self.x + place * self.cell + 0.6, top, self.cell - 1.2, max(tall, 0.5), color)
        yield f'<path d="M{self.x:.1f} {zero:.1f}h{self.width:.1f}" stroke="{ground.faint}" stroke-width="0.8"/>'

    def _ids(self, ground: palette.Ground) -> Iterator[str]:
        for place, value in enumerate(self.panel.tiles.flat):
            top = self.y + place * self.cell
            yield _rect(self.x + 0.5, top + 0.5, self.cell - 1, self.cell - 1, ground.panel, ground.line)
            yield text(
                f"{int(value)}", self.x + self.cell / 2, top + self.cell * 0.76, ground.ink, size=self.cell * 0.72
            )

    def _mask(self, ground: palette.Ground) -> Iterator[str]:
        for place, value in enumerate(self.panel.tiles.flat):
            top = self.y + place * self.cell
            fill = ground.ink if value else ground.panel
            yield _rect(self.x + 0.5, top + 0.5, self.cell - 1, self.cell - 1, fill, ground.faint)

    def _colours(self, ground: palette.Ground) -> Iterator[str]:
        """One path for each level of colour."""
        paths: dict[int, list[str]] = {}
        rows, columns, tall, width = self.panel.tiles.shape
        for row in range(rows):
            for column in range(columns):
                left, top = self._tile(row, column)
                tile = self.panel.tiles[row, column]
                if math.isnan(float(tile[0, 0])):
                    continue
                for y in range(tall):
                    for level, start, many in _runs(tile[y], self.most):
                        side = f"h{many * self.cell:.2f}v{self.cell:.2f}h-{many * self.cell:.2f}z"
                        place = f"M{left + start * self.cell:.2f} {top + y * self.cell:.2f}"
                        paths.setdefault(level, []).append(place + side)
                yield _rect(left - 0.5, top - 0.5, width * self.cell + 1, tall * self.cell + 1, "none", ground.line)
        scale = palette.diverging(self.dark) if self.signed else palette.sequential(self.dark)
        for level, places in sorted(paths.items()):
            share = (level / _LEVELS + 1) / 2 if self.signed else level / _LEVELS
            yield f'<path d="{"".join(places)}" fill="{blended(scale, share)}" shape-rendering="crispEdges"/>'

    def _windows(self) -> Iterator[str]:
        for row, column, top, left, tall, width in self.panel.windows:
            x, y = self._tile(row, column)
            wide, high = width * self.cell + 1.2, tall * self.cell + 1.2
            place = (x + left * self.cell - 0.6, y + top * self.cell - 0.6, wide, high)
            if self.panel.look == "bars":
                place = (place[0], self.y - 2, place[2], self.height + 4)
            else:  # seen on light and dark cells
                yield _rect(*place, "none", palette.ground(self.dark).paper, 3 if self.cell > 6 else 2.4)
            yield _rect(*place, "none", self.color, 1.8 if self.cell > 6 else 1.4)

    def _tile(self, row: int, column: int) -> tuple[float, float]:
        _, _, tall, width = self.panel.tiles.shape
        return self.x + column * (width * self.cell + _GAP), self.y + row * (tall * self.cell + _GAP)


def _runs(numbers: NDArray[np.float64], most: float) -> Iterator[tuple[int, int, int]]:
    """(level, start, length) of neighbours that have one colour, which keeps the file small."""
    levels = [round(float(value) / most * _LEVELS) for value in numbers]
    start = 0
    for place in range(1, len(levels) + 1):
        if place == len(levels) or levels[place] != levels[start]:
            yield levels[start], start, place - start
            start = place


def _rect(x: float, y: float, width: float, height: float, fill: str, stroke: str = "", thick: float = 0.8) -> str:
    line = f' stroke="{stroke}" stroke-width="{thick:g}"' if stroke else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"{line}/>'


def blended(scale: Sequence[tuple[float, str]], share: float) -> str:
    """The colour at `share` (0 to 1) of a colour scale."""
    share = min(max(share, 0.0), 1.0)
    for (start, color), (end, other) in pairwise(scale):
        if share <= end:
            return palette.mixed(color, other, (share - start) / (end - start))
    return scale[-1][1]
