"""Finding page: what a study, a comparison or the lab found, as one HTML file that opens without a server or a network.

Its figures are those of the pages, alive under the pointer, light or dark as the device is; plotly's script stands in
the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import cast

import numpy as np

from dlviz.asking.page import STYLE
from dlviz.core.files import write_bytes
from dlviz.core.values import Table, Text, Value
from dlviz.studies.study import Finding

_DRAW = """
const dark = matchMedia('(prefers-color-scheme: dark)');
function draw() {
  for (const place of document.querySelectorAll('.figure')) {
    const own = JSON.parse(place.nextElementSibling.textContent)[dark.matches ? 'dark' : 'light'];
    Plotly.react(place, own.data, own.layout, {responsive: true, displayModeBar: false});
  }
}
dark.addEventListener('change', draw);
draw();
""".strip()


def write_finding(found: Finding, title: str, path: Path) -> None:
    """Write a finding to `path`, atomically."""
    from plotly.offline import get_plotlyjs

    blocks = "".join(_block(value) for value in found.shown)
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1><p>{_written(found.says)}</p>{blocks}"
        f"<script>{get_plotlyjs()}</script><script>{_DRAW}</script></body></html>"
    )
    write_bytes(path, html.encode())


def _block(value: Value) -> str:
    head = f"<h2>{_written(value.title)}</h2>" if value.title else ""
    note = f'<p class="faint">{_written(value.note)}</p>' if value.note else ""
    if isinstance(value.kind, Table):
        shown = f'<div class="table"><table>{"".join(_rows(value))}</table></div>'
    elif isinstance(value.kind, Text):
        shown = "".join(f"<p>{escape(str(text))}</p>" for text in np.ravel(value.data))
    else:
        shown = _figure(value)
    return f"<section>{head}{shown}{note}</section>"


def _rows(value: Value) -> Iterator[str]:
    kind = cast(Table, value.kind)
    yield f"<tr>{''.join(f'<th>{escape(name)}</th>' for name in kind.columns)}</tr>"
    for row in value.data:
        yield f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>"


def _figure(value: Value) -> str:
    """A place for the figure, and behind it the figure in light and in dark."""
    from dlviz import draw

    light, dark = (draw.figure(value, shade).to_json() for shade in (False, True))
    said = escape(draw.summary(value), quote=True)
    both = f'{{"light": {light}, "dark": {dark}}}'.replace("<", "\\u003c")
    return f'<div class="figure" role="img" aria-label="{said}"></div><script type="application/json">{both}</script>'


def _written(text: str) -> str:
    """A sentence of a finding; between backticks stand names out of code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))
