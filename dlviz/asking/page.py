"""Page: explanations as one HTML file that opens without a server or a network."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from dlviz.asking.every import Outcome
from dlviz.asking.picture import write_png
from dlviz.core.files import write_bytes

STYLE = """
:root { color-scheme: light dark; --ink: #1f2933; --paper: #fff; --faint: #5b6672; --line: #dfe3e8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf0; --paper: #14181d; --faint: #a3aeba; --line: #343c46; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto; padding: 1rem;
  max-width: 60rem; }
section { border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin: 1rem 0; break-inside: avoid; }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin: 0 0 .5rem } p { margin: .4rem 0 }
img { max-width: 100%; height: auto; border-radius: .4rem } .faint, small { color: var(--faint) }
ul { padding-left: 1.2rem } .table { overflow-x: auto }
""".strip()
_MARKS = {True: "✓", False: "✗", None: "–"}


def write_page(outcomes: Sequence[Outcome], title: str, path: Path, says: str = "") -> None:
    """Write all outcomes to `path`, atomically, the methods in the order given."""
    answered = [outcome for outcome in outcomes if outcome.answer is not None]
    refused = [outcome for outcome in outcomes if outcome.answer is None]
    body = [f"<h1>{escape(title)}</h1>", f"<p>{escape(says)}</p>" if says else ""]
    body += [_card(outcome) for outcome in answered]
    if refused:
        lines = "".join(f"<li><b>{escape(one.method)}</b>: {escape(one.why_not)}</li>" for one in refused)
        body.append(f"<section><h2>Not asked</h2><ul>{lines}</ul></section>")
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(body)}</body></html>"
    )
    write_bytes(path, html.encode())


def _card(outcome: Outcome) -> str:
    answer = outcome.answer
    assert answer is not None
    summary = answer.summary()
    trials = "".join(
        f"<li>{_MARKS[verdict['holds']]} <b>{escape(str(verdict.get('asks') or verdict['trial']))}</b> "
        f"{escape(str(verdict['says']))}</li>"
        for verdict in outcome.trust.get("verdicts", ())
    )
    says = escape(str(outcome.trust.get("says", "")))
    alt = escape(f"What {outcome.method} says of {summary['target_name']}", quote=True)
    return (
        f"<section><h2>{escape(outcome.method)}</h2>"
        f'<img alt="{alt}" src="data:image/png;base64,{_png(outcome)}">'
        f"<p><b>{says}</b></p><p class='faint'>{escape(str(summary['note']))}</p>"
        f"<ul>{trials}</ul><small>score {summary['score']:.4g}, {summary['seconds']:.2f} s</small></section>"
    )


def _png(outcome: Outcome) -> str:
    assert outcome.answer is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.png"
        write_png(outcome.answer, path)
        return base64.b64encode(path.read_bytes()).decode()
