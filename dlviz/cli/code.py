"""`dlviz code`: the networks of a spec as PyTorch; `dlviz draw`: PyTorch as the network of a spec."""

from __future__ import annotations

import json
from pathlib import Path

import click
import yaml

from dlviz.cli.documents import spec_document
from dlviz.core.problems import WrongInput


@click.command()
@click.argument("spec")
@click.option("--set", "changes", multiple=True, metavar="PLACE=VALUE", help="Change a setting: training.epochs=3")
def code(spec: str, changes: tuple[str, ...]) -> None:
    """The networks of SPEC (a file, or the name of a lesson) as PyTorch that runs without dlviz."""
    from dlviz.network.code import sources
    from dlviz.training.spec import Spec
    from dlviz.training.start import of_draft

    parsed = of_draft(Spec.parse(spec_document(spec, changes)))
    fields = parsed.data.describe(parsed.seed)
    complete = parsed.completed(fields)
    assert complete.task is not None and complete.networks is not None
    roles = complete.task.roles(fields)
    titles = {role: "Network" if len(roles) == 1 else role.title().replace("_", "") for role in roles}
    networks = {titles[role]: (complete.networks[role], known.inputs, known.output) for role, known in roles.items()}
    click.echo(sources(networks), nl=False)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--title", default="", help="Which network, where the file holds several.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def draw(file: Path, title: str, as_json: bool) -> None:
    """The network in FILE (Python, or the printout of a module) as the `networks.model` of a spec. The file is parsed,
    never run; what cannot be read is told, and left out."""
    from dlviz.network.read_code import read

    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise WrongInput(f"There is no file {file}.") from None
    except UnicodeDecodeError:
        raise WrongInput(f"{file} is no text in UTF-8.") from None
    found = read(text, title)
    if as_json:
        record = {"nodes": found.nodes, "unread": found.unread, "title": found.title, "others": found.others}
        click.echo(json.dumps(record))
        return
    click.echo(yaml.safe_dump(found.nodes, sort_keys=False, allow_unicode=True, width=100), nl=False)
    for sentence in found.unread:
        click.echo(f"dlviz: {sentence}", err=True)
    for other in found.others:
        click.echo(f"dlviz: {file.name} also holds {other}; --title {other} reads it.", err=True)
