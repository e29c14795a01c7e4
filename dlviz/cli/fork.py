"""`dlviz fork`: go on from a step of a run with other settings, as a new run."""

from __future__ import annotations

import click

from dlviz.cli.control import find
from dlviz.cli.documents import settings
from dlviz.cli.train import finish, work


@click.command()
@click.argument("run")
@click.option("--step", type=click.IntRange(0), required=True, help="The step of RUN after which the new run begins.")
@click.option("--set", "changes", multiple=True, metavar="PLACE=VALUE", help="Change a setting: training.epochs=30")
@click.option("--title", default="", help="What the new run is called.")
@click.option("--json", "as_json", is_flag=True, help="No progress bar; the last line is one JSON record.")
@click.pass_context
def fork(ctx: click.Context, run: str, step: int, changes: tuple[str, ...], title: str, as_json: bool) -> None:
    """Train a new run that goes on from a step of RUN with other settings; RUN is left as it is.

    What fits by name and shape is taken over; what does not begins anew, and is told.
    """
    from dlviz.runs.home import home
    from dlviz.runs.store import Store

    child = Store(home()).fork(find(run), step, settings(changes), title)
    work(child, quiet=as_json)
    for note in child.state().get("notes") or []:
        click.echo(f"Note: {note}", err=as_json)
    finish(ctx, child, as_json)
