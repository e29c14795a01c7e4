"""Blocks: what a report is made of, before it becomes HTML or Markdown. All texts are plain: whoever writes them out
escapes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

#: How a paragraph is meant: as it is, as an aside, or as something to look out for.
Tone = Literal["plain", "aside", "warning", "good"]


@dataclass(frozen=True)
class Paragraph:
    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Facts:
    """Names and what they are, two columns."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    items: tuple[str, ...]
    tone: Tone = "plain"


@dataclass(frozen=True)
class Grid:
    """A table. `numbers`: columns that hold numbers. `marked`: rows that stand out; a cell of theirs says why, too."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    numbers: frozenset[int] = frozenset()
    marked: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Figure:
    """A drawing (`svg`, made by `svg.py`, which escapes what it writes), told in words by `alt`. `grid` holds the same
    numbers as a table: all there is of the figure in Markdown."""

    title: str
    svg: str
    alt: str
    grid: Grid | None = None


@dataclass(frozen=True)
class Example:
    """One example: a picture of it (`svg` or `png`, a data address) or its words, and what is said of it."""

    title: str
    lines: tuple[str, ...]
    words: str = ""
    svg: str = ""
    png: str = ""
    alt: str = ""
    cells: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Examples:
    items: tuple[Example, ...]


Block = Paragraph | Facts | Points | Grid | Figure | Examples


@dataclass(frozen=True)
class Section:
    """A chapter; `key` is its anchor, of letters alone."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """The whole: a headline, what it comes to in a few sentences, the chapters."""

    title: str
    subtitle: str
    summary: tuple[Block, ...]
    sections: tuple[Section, ...] = field(default_factory=tuple)
