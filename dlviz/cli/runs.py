"""`dlviz runs`: all runs, newest first."""

from __future__ import annotations

import json
from typing import Any

import click

from dlviz.cli.tables import table


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON list on standard output.")
def runs(as_json: bool) -> None:
    """All runs, newest first."""
    from dlviz.runs.home import home
    from dlviz.runs.queue import Queue
    from dlviz.runs.store import Store

    rows = []
    for run in Store(home()).runs():
        document, state = run.spec_document(), run.state()
        rows.append(
            {
                "run": run.id,
                "title": document.get("title") or document.get("data", {}).get("kind", ""),
                "status": state["status"],
                "metrics": state.get("metrics", {}),
                "seconds": state.get("seconds"),
                "folder": str(run.path),
            }
        )
    queue = Queue(home())
    if queue.waiting():
        queue.warm()  # what waits must not wait for a host that died
    if as_json:
        click.echo(json.dumps(rows))
    elif rows:
        cells = [[row["run"], row["title"], row["status"], figures(row["metrics"])] for row in rows]
        click.echo(table(["run", "title", "status", "result"], cells))
    else:
        click.echo("No runs yet. Start one: dlviz train 01-digits")


def figures(metrics: dict[str, Any]) -> str:
    """The figures of the furthest part, in short."""
    for part in ("test", "validation", "train"):
        values = {name: value for name, value in (metrics.get(part) or {}).items() if value is not None}
        if values:
            return f"{part}: " + ", ".join(f"{name} {value:.4g}" for name, value in values.items())
    return ""
