"""Svg: drawings that take their colours from the page they stand in, so that one drawing serves light, dark and paper.

Nothing is loaded and nothing moves. Every text is escaped. 360 units wide: letters can be read on a telephone.
"""

from __future__ import annotations

from html import escape

WIDTH = 360
#: About how wide a letter is at 11 units.
LETTER = 5.9


class Drawing:
    """Strokes and texts on a sheet of `WIDTH` by `height`. Colours are classes of the page: `ink`, `faint`, `line`,
    `blue`, `orange`, `paper`."""

    def __init__(self, height: float, width: float = WIDTH) -> None:
        self.width, self.height = width, height
        self._made: list[str] = []

    def line(
        self, x1: float, y1: float, x2: float, y2: float, look: str = "line", width: float = 1, dash: str = ""
    ) -> None:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._made.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="s-{look}" '
            f'stroke-width="{width:g}"{dashed}/>'
        )

    def path(self, points: list[tuple[float, float]], look: str, width: float = 1.5, dash: str = "") -> None:
        """A line through points."""
        at = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._made.append(f'<polyline points="{at}" class="s-{look}" fill="none" stroke-width="{width:g}"{dashed}/>')

    def area(self, points: list[tuple[float, float]], look: str, opacity: float = 0.18) -> None:
        at = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._made.append(f'<polygon points="{at}" class="f-{look}" fill-opacity="{opacity:g}"/>')

    def box(self, x: float, y: float, wide: float, tall: float, look: str = "blue", opacity: float = 1) -> None:
        faint = f' fill-opacity="{opacity:.3f}"' if opacity < 1 else ""
        self._made.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0):.1f}" height="{max(tall, 0):.1f}" '
            f'class="f-{look}"{faint}/>'
        )

    def dot(self, x: float, y: float, radius: float = 3, look: str = "blue", opacity: float = 1) -> None:
        faint = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
        self._made.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" class="f-{look}"{faint}/>')

    def diamond(self, x: float, y: float, radius: float = 4, look: str = "ink") -> None:
        at = f"{x:.1f},{y - radius:.1f} {x + radius:.1f},{y:.1f} {x:.1f},{y + radius:.1f} {x - radius:.1f},{y:.1f}"
        self._made.append(f'<polygon points="{at}" class="f-{look}"/>')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        look: str = "ink",
        anchor: str = "start",
        bold: bool = False,
        size: float = 11,
    ) -> None:
        weight = ' font-weight="600"' if bold else ""
        self._made.append(
            f'<text x="{x:.1f}" y="{y:.1f}" class="f-{look}" text-anchor="{anchor}" font-size="{size:g}"{weight}>'
            f"{escape(text)}</text>"
        )

    def slanted(self, x: float, y: float, text: str, size: float = 11) -> None:
        """A text that rises from there, for narrow columns."""
        self._made.append(
            f'<text x="{x:.1f}" y="{y:.1f}" class="f-ink" font-size="{size:g}" '
            f'transform="rotate(-40 {x:.1f} {y:.1f})">{escape(text)}</text>'
        )

    def svg(self, alt: str) -> str:
        """The drawing, with what it shows in words."""
        return (
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" role="img" aria-label="{escape(alt, quote=True)}">'
            f"{''.join(self._made)}</svg>"
        )


def fitting(text: str, room: float) -> str:
    """The text, cut in the middle to what fits into so many units."""
    most = max(4, int(room / LETTER))
    if len(text) <= most:
        return text
    end = most // 3
    return f"{text[: most - end - 1].rstrip()}…{text[-end:].lstrip()}"
