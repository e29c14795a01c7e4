"""Html: a report as one page that needs nothing else: no network, no script, light or dark as the device is."""

from __future__ import annotations

from html import escape

from dlviz.reports.blocks import Block, Example, Examples, Facts, Figure, Grid, Paragraph, Points, Report

#: Even if something slipped through, the page could load and run nothing.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

STYLE = """
:root { color-scheme: light dark; --paper:#fff; --panel:#f5f6f8; --ink:#1f2933; --faint:#5b6672; --line:#dfe3e8;
  --blue:#0072b2; --orange:#c05500; --warn:#fdf3e7 }
@media (prefers-color-scheme: dark) { :root { --paper:#14181d; --panel:#1e242b; --ink:#e8ecf0; --faint:#a3aeba;
  --line:#343c46; --blue:#56b4e9; --orange:#f0a04b; --warn:#2b231a } }
@media print { :root { color-scheme: light; --paper:#fff; --panel:#f5f6f8; --ink:#000; --faint:#444; --line:#ccc;
  --blue:#0072b2; --orange:#c05500; --warn:#fdf3e7 } }
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
main, header, nav { max-width: 46rem; margin: 0 auto; padding: 0 1rem }
header { padding-top: 2rem }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; overflow-wrap: anywhere }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line) }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; overflow-wrap: anywhere }
p, li, dd, figcaption { overflow-wrap: anywhere }
p { margin: .6rem 0 }
a { color: var(--blue) }
.sub, .aside, figcaption { color: var(--faint) }
.aside { font-size: .9rem }
.warning { background: var(--warn); border-left: 4px solid var(--orange); padding: .5rem .75rem; border-radius: .25rem }
ul.warning { padding-left: 1.9rem }
nav ol { columns: 2; padding-left: 1.4rem; margin: 1rem 0 }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .3rem 1rem; margin: .75rem 0 }
dt { color: var(--faint); overflow-wrap: anywhere }
dd { margin: 0 }
.scroll { overflow-x: auto; margin: .75rem 0 }
table { border-collapse: collapse; font-size: .9rem; min-width: 50% }
caption { text-align: left; min-width: min(20rem, 80vw); font-weight: 600; padding-bottom: .35rem }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  min-width: 3.5rem; max-width: 22rem }
th { color: var(--faint); font-weight: 600 }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
tr.marked { background: var(--warn) }
figure { margin: 1.25rem 0 }
figcaption { font-size: .9rem; margin-bottom: .4rem; font-weight: 600; color: var(--ink) }
figure svg { display: block; width: 100%; max-width: 32rem; height: auto }
details { margin-top: .4rem; font-size: .9rem }
summary { cursor: pointer; color: var(--faint) }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: .75rem }
.cards.small { grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)) }
.card { background: var(--panel); border-radius: .5rem; padding: .75rem; font-size: .9rem; break-inside: avoid }
.card h3 { margin: 0 0 .35rem; font-size: .9rem; overflow-wrap: anywhere }
.card img { width: 100%; max-width: 9rem; image-rendering: pixelated; display: block; margin-bottom: .4rem }
.card svg { width: 100%; max-width: 14rem; height: auto; display: block }
.card dl { grid-template-columns: 1fr 1fr; gap: .1rem .5rem; font-size: .8rem }
.card dl dd { margin: 0 }
.card blockquote { margin: 0 0 .4rem; padding-left: .6rem; border-left: 3px solid var(--line) }
.s-ink { stroke: var(--ink) } .s-faint { stroke: var(--faint) } .s-line { stroke: var(--line) }
.s-blue { stroke: var(--blue) } .s-orange { stroke: var(--orange) }
.f-ink { fill: var(--ink) } .f-faint { fill: var(--faint) } .f-line { fill: var(--line) }
.f-paper { fill: var(--paper) }
.f-blue { fill: var(--blue) } .f-orange { fill: var(--orange) }
svg text { font-family: system-ui, sans-serif }
@media (max-width: 30rem) { nav ol { columns: 1 } dl { grid-template-columns: 1fr; gap: 0 }
  dd { margin-bottom: .5rem } }
@media print { nav, summary { display: none } h2 { break-after: avoid } figure, table { break-inside: avoid }
  body { font-size: 11pt } .scroll { overflow: visible } }
"""


def html(report: Report) -> str:
    """The report as a page."""
    contents = "".join(f'<li><a href="#{one.key}">{_text(one.title)}</a></li>' for one in report.sections)
    chapters = "".join(
        f'<section id="{one.key}" aria-labelledby="{one.key}-title"><h2 id="{one.key}-title">{_text(one.title)}</h2>'
        f"{''.join(map(_block, one.blocks))}</section>"
        for one in report.sections
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY, quote=True)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{_text(report.title)}</title><style>{STYLE}</style></head><body>"
        f'<header><h1>{_text(report.title)}</h1><p class="sub">{_text(report.subtitle)}</p>'
        f"{''.join(map(_block, report.summary))}</header>"
        f'<nav aria-label="Contents"><ol>{contents}</ol></nav><main>{chapters}</main></body></html>\n'
    )


def _text(text: str) -> str:
    """Escaped; a number keeps its percent sign beside it."""
    return escape(text, quote=True).replace(" %", "&nbsp;%")


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return f"<p{_tone(block.tone)}>{_text(block.text)}</p>"
    if isinstance(block, Points):
        return f"<ul{_tone(block.tone)}>{''.join(f'<li>{_text(item)}</li>' for item in block.items)}</ul>"
    if isinstance(block, Facts):
        return _facts(block.rows)
    if isinstance(block, Grid):
        return _grid(block)
    if isinstance(block, Figure):
        numbers = f"<details><summary>The same in numbers</summary>{_grid(block.grid)}</details>" if block.grid else ""
        return f"<figure><figcaption>{_text(block.title)}</figcaption>{block.svg}{numbers}</figure>"
    assert isinstance(block, Examples)
    small = "" if any(one.words or one.cells for one in block.items) else " small"
    return f'<div class="cards{small}">{"".join(map(_example, block.items))}</div>'


def _tone(tone: str) -> str:
    return "" if tone == "plain" else f' class="{tone}"'


def _facts(rows: tuple[tuple[str, str], ...]) -> str:
    return "<dl>" + "".join(f"<dt>{_text(name)}</dt><dd>{_text(what)}</dd>" for name, what in rows) + "</dl>"


def _grid(grid: Grid) -> str:
    def cells(tag: str, row: tuple[str, ...]) -> str:
        return "".join(
            f"<{tag}{_number(at in grid.numbers)}>{_text(cell)}</{tag}>" for at, cell in enumerate(row)
        )  # fmt: skip

    caption = f"<caption>{_text(grid.title)}</caption>" if grid.title else ""
    head = f"<thead><tr>{cells('th', grid.head)}</tr></thead>" if any(grid.head) else ""
    rows = "".join(
        f"<tr{_marked(at in grid.marked)}>{cells('td', row)}</tr>" for at, row in enumerate(grid.rows)
    )  # fmt: skip
    name = _text(grid.title or " ".join(grid.head).strip() or "table")
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}"><table>{caption}{head}'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _number(is_one: bool) -> str:
    return ' class="n"' if is_one else ""


def _marked(is_one: bool) -> str:
    return ' class="marked"' if is_one else ""


def _example(one: Example) -> str:
    seen = f'<img src="{_text(one.png)}" alt="{_text(one.alt)}">' if one.png else one.svg
    words = f"<blockquote>{_text(one.words)}</blockquote>" if one.words else ""
    cells = _facts(one.cells) if one.cells else ""
    lines = "".join(f"<div>{_text(line)}</div>" for line in one.lines)
    return f'<div class="card"><h3>{_text(one.title)}</h3>{seen}{words}{lines}{cells}</div>'
