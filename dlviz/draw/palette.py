"""Every colour, light and dark. Okabe & Ito's and Paul Tol's palettes: they survive colour blindness.

Colour never speaks alone: shape, dash or label says the same.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ground:
    """The colours of a page: `paper` behind all, `panel` behind widgets, `ink` text, `faint` lesser text (both at
    least 4.5 to 1 on the paper), `line` borders and grids, `accent` the one colour of action."""

    paper: str
    panel: str
    ink: str
    faint: str
    line: str
    accent: str
    positive: str
    negative: str


# positive and negative: blue speaks for, orange against. Told apart by every kind of colour-blind eye.
LIGHT = Ground("#FFFFFF", "#F5F6F8", "#1F2933", "#5B6672", "#DFE3E8", "#0072B2", "#0072B2", "#C05500")
DARK = Ground("#14181D", "#1E242B", "#E8ECF0", "#A3AEBA", "#343C46", "#2A86C8", "#56B4E9", "#F0A04B")


def ground(dark: bool = False) -> Ground:
    """The page's colours."""
    return DARK if dark else LIGHT


#: Groups of layers; each has one colour on every page: (light, dark).
_GROUPS = {
    "input": ("#5B6672", "#A3AEBA"),
    "linear": ("#0072B2", "#56B4E9"),
    "convolution": ("#D55E00", "#F28E4B"),
    "pooling": ("#CC79A7", "#E3A3C8"),
    "normalisation": ("#117733", "#5DBB80"),
    "activation": ("#E69F00", "#F2BE4E"),
    "dropout": ("#882255", "#D178A6"),
    "shape": ("#7A8490", "#8E99A5"),
    "merge": ("#332288", "#9D91E0"),
    "output": ("#1F2933", "#E8ECF0"),
    "recurrent": ("#009E73", "#3CC9A0"),
    "attention": ("#AA4499", "#DC8ACF"),
    "embedding": ("#44AA99", "#7FD3C5"),
    "block": ("#6B4C9A", "#BBA3E0"),
}
GROUPS = tuple(_GROUPS)


def group(name: str, dark: bool = False) -> str:
    """The colour of a group of layers (`Layer.group`)."""
    return _GROUPS.get(name, _GROUPS["shape"])[dark]


# Told apart as areas and dots: Okabe–Ito, then Tol's muted, ten of them.
_CLASSES = (
    ("#0072B2", "#56B4E9"),
    ("#D55E00", "#F28E4B"),
    ("#009E73", "#3CC9A0"),
    ("#CC79A7", "#E3A3C8"),
    ("#E69F00", "#F2BE4E"),
    ("#332288", "#9D91E0"),
    ("#56B4E9", "#A9D9F5"),
    ("#882255", "#D178A6"),
    ("#999933", "#C9C96B"),
    ("#5B6672", "#A3AEBA"),
)
#: Shapes that go with the class colours, in the same order.
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star", "triangle-down", "cross", "pentagon", "hexagon")

# Told apart as thin lines: at least 3 to 1 on the paper.
_RUNS = (
    ("#0072B2", "#56B4E9"),
    ("#C05500", "#F0A04B"),
    ("#117733", "#5DBB80"),
    ("#AA4499", "#DC8ACF"),
    ("#332288", "#9D91E0"),
    ("#8A6D00", "#E5CF5C"),
    ("#0B7A75", "#5FD0C8"),
    ("#882255", "#E08AB5"),
)


def category(index: int, dark: bool = False) -> str:
    """The colour of class `index`; they begin again after ten."""
    return _CLASSES[index % len(_CLASSES)][dark]


def symbol(index: int) -> str:
    """The marker that goes with class `index`."""
    return SYMBOLS[index % len(SYMBOLS)]


def run(index: int, dark: bool = False) -> str:
    """The colour of the run at `index` among those shown together: train solid, validation dashed."""
    return _RUNS[index % len(_RUNS)][dark]


def diverging(dark: bool = False) -> list[tuple[float, str]]:
    """A colour scale from against (orange) over the paper to for (blue)."""
    if dark:
        return [(0.0, "#F0A04B"), (0.25, "#8A5A28"), (0.5, "#1E242B"), (0.75, "#2F6F99"), (1.0, "#7CCBF5")]
    return [(0.0, "#B34700"), (0.25, "#EBA873"), (0.5, "#FAFAFA"), (0.75, "#7FB9DD"), (1.0, "#005A8E")]


def sequential(dark: bool = False) -> list[tuple[float, str]]:
    """A colour scale from nothing (the paper) to much (blue)."""
    if dark:
        return [(0.0, "#1E242B"), (0.5, "#2A6F9E"), (1.0, "#8FD3FA")]
    return [(0.0, "#FAFBFC"), (0.5, "#6FAFD8"), (1.0, "#00507F")]


def mixed(color: str, other: str, share: float) -> str:
    """`color` with `share` of `other` mixed in, as #RRGGBB."""
    one, two = rgb(color), rgb(other)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in zip(one, two, strict=True))


def rgb(color: str) -> tuple[int, int, int]:
    """`#RRGGBB` as red, green, blue from 0 to 255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def contrast(color: str, other: str) -> float:
    """The contrast ratio of two colours as WCAG 2 defines it: 1 to 21."""
    bright, dim = sorted((_luminance(color), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(color: str) -> float:
    channels = [value / 255 for value in rgb(color)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
