"""`dlviz lr`: find a learning rate."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from dlviz.core.problems import WrongInput


@click.command()
@click.argument("spec", required=False)
@click.option("--run", help="Search from where this run stands, in place of SPEC.")
@click.option("--set", "changes", multiple=True, metavar="PLACE=VALUE", help="Change a setting of SPEC.")
@click.option("--json", "as_json", is_flag=True, help="One JSON record with all rates and losses.")
def lr(spec: str | None, run: str | None, changes: tuple[str, ...], as_json: bool) -> None:
    """Find a learning rate for SPEC (a file, or the name of a lesson), or for a run.

    Tries ever larger steps on networks of its own, and tells where the loss falls fastest (Smith 2017).
    """
    from dlviz.cli.control import find
    from dlviz.cli.documents import checked, spec_document
    from dlviz.training import lr_finder, machine

    if (spec is None) == (run is None):
        raise WrongInput("Name either a SPEC or a --run.")
    if run is not None and changes:
        raise WrongInput("--set changes a SPEC. A run is searched as it stands.")
    machine.settle()
    request = (
        {"run": str(find(run).path)}
        if run is not None
        else {"spec": checked(spec_document(str(spec), changes)).document()}
    )
    found = lr_finder.search(lr_finder.ready(request))
    if as_json:
        click.echo(json.dumps(asdict(found)))
    else:
        click.echo(found.why)
