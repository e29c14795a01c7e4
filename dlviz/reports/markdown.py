"""Markdown: a report as text, for a repository or a message. Figures are told in words and as tables."""

from __future__ import annotations

import re

from dlviz.reports.blocks import Block, Example, Examples, Facts, Figure, Grid, Paragraph, Points, Report

#: What would be taken for a mark of Markdown or of HTML within a line.
_MARKS = re.compile(r"([\\`*_\[\]<>|~&$])")
#: What would begin a list or a heading.
_BEGINS = re.compile(r"^(?:([-+#])|(\d+)([.)]))(?=\s|$)")


def markdown(report: Report) -> str:
    """The report as Markdown with tables (as GitHub and most others read them)."""
    parts = [f"# {_text(report.title)}", f"*{_text(report.subtitle)}*", *map(_block, report.summary)]
    for section in report.sections:
        parts += [f"## {_text(section.title)}", *map(_block, section.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _text(text: str) -> str:
    """A text in one line that is shown letter by letter."""
    line = _MARKS.sub(r"\\\1", " ".join(text.split()))
    return _BEGINS.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", line)


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        text = _text(block.text)
        return {"warning": f"**Note:** {text}", "aside": f"> {text}"}.get(block.tone, text)
    if isinstance(block, Points):
        return "\n".join(f"- {_text(item)}" for item in block.items)
    if isinstance(block, Facts):
        return "\n".join(f"- **{_text(name)}:** {_text(what)}" for name, what in block.rows)
    if isinstance(block, Grid):
        return _grid(block)
    if isinstance(block, Figure):
        return f"**{_text(block.title)}.** {_text(block.alt)}" + (f"\n\n{_grid(block.grid)}" if block.grid else "")
    assert isinstance(block, Examples)
    return "\n".join(map(_example, block.items))


def _grid(grid: Grid) -> str:
    title = f"**{_text(grid.title)}**\n\n" if grid.title else ""
    head = "| " + " | ".join(_text(cell) or " " for cell in grid.head) + " |"
    rule = "| " + " | ".join("---:" if at in grid.numbers else "---" for at in range(len(grid.head))) + " |"
    rows = ["| " + " | ".join(_text(cell) or " " for cell in row) + " |" for row in grid.rows]
    return title + "\n".join([head, rule, *rows])


def _example(one: Example) -> str:
    said = [*one.lines]
    if one.words:
        said.append(f"“{one.words}”")
    said += [f"{name}: {cell}" for name, cell in one.cells]
    return f"- **{_text(one.title)}:** {_text('; '.join(said))}"
