"""`dlviz doctor`: what ails a run, and what may cure it."""

from __future__ import annotations

import json

import click

from dlviz.cli.control import find


@click.command()
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def doctor(run: str, as_json: bool) -> None:
    """Examine RUN anew from what lies in its folder."""
    from dlviz.training.checkup import again

    report = again(find(run))
    if as_json:
        click.echo(json.dumps(report.document(), ensure_ascii=False))
        return
    for found in report.diagnoses:
        click.echo(click.style(f"{found.severity}: {found.title}", bold=True))
        click.echo(f"  {found.sentence}")
        for cure in found.cures:
            where = "in a new run" if cure.anew else f"from step {cure.step}"
            click.echo(f"  cure, {where}: {cure.title}" if cure.changes else f"  {cure.title}")
            for path, value in cure.changes.items():
                shown = f"{len(value)} layers" if path.startswith("networks.") else json.dumps(value)
                click.echo(f"    {path} = {shown}")
    checks = f"{len(report.passed)} check{'s' if len(report.passed) != 1 else ''} passed"
    click.echo(checks if report.diagnoses else f"No complaint: {checks}.")
    for title, why in report.skipped.items():
        click.echo(f"  not examined: {title}. {why}")
