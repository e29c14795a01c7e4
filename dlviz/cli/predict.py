"""`dlviz predict`: what a trained network says to new inputs."""

from __future__ import annotations

import json
from typing import Any

import click

from dlviz.cli import gaps
from dlviz.cli.answered import BEAM, answered, answers
from dlviz.cli.answered import row as reply
from dlviz.cli.control import find
from dlviz.cli.forecast import forecast, lines
from dlviz.cli.heard import heard, hears, row
from dlviz.cli.tables import table
from dlviz.cli.tagged import line, tagged
from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Scalar, Series, Tags, Value


@click.command()
@click.argument("run")
@click.option(
    "--input",
    "file",
    required=True,
    help="A picture (PNG, JPEG), a sound (WAV, FLAC, OGG, MP3) or a zip of sounds, a table (CSV, TSV, JSONL, Parquet), "
    "or texts (.txt, one a line; with ___ for each gap that is to be filled).",
)
@BEAM
@click.option("--json", "as_json", is_flag=True, help="One JSON list on standard output.")
def predict(run: str, file: str, beam: int, as_json: bool) -> None:
    """What the network of RUN (an id, a folder, or `latest`) says to the inputs in a file."""
    from dlviz.training.restore import restore

    restored = restore(find(run))
    fields = restored.fields
    if any(isinstance(kind, Tags) for kind in fields.targets.values()):
        records = tagged(restored, file)
        click.echo(json.dumps(records) if as_json else "\n".join(line(record) for record in records))
        return
    if any(isinstance(kind, Series) for kind in fields.targets.values()):
        ahead = forecast(restored, file)
        click.echo(json.dumps(ahead) if as_json else lines(ahead))
        return
    if restored.task.kind() == "MaskedLanguageModel":
        filled = gaps.gaps(restored, file)
        click.echo(json.dumps(filled) if as_json else "\n".join(map(gaps.line, filled)))
        return
    if answers(restored):
        replies = answered(restored, file, beam)
        click.echo(json.dumps(replies) if as_json else table(["input", "read", "written"], list(map(reply, replies))))
        return
    if hears(restored):
        found = heard(restored, file)
        told = [row(record) for record in found]
        click.echo(json.dumps(found) if as_json else table(["input", "what was said", "probability"], told))
        return
    plain = all(isinstance(kind, Category | Scalar) for kind in fields.targets.values())
    if not fields.inputs or not fields.targets or not plain or not restored.task.targets(fields):
        raise WrongInput(f"{restored.task.kind()} makes examples and predicts nothing, so there is no input to read.")
    name = next(iter(fields.inputs))
    encoder = restored.encoders.get(name)
    if len(fields.inputs) != 1 or encoder is None:
        raise WrongInput(f"Inputs of this run cannot be read from one file: it takes {', '.join(fields.inputs)}.")
    inputs = {name: encoder.encode(encoder.read(file))}
    rows = _rows(restored.task.predict(restored.networks, inputs, fields))
    if as_json:
        click.echo(json.dumps(rows))
        return
    cells = [[str(number + 1), *_cells(row)] for number, row in enumerate(rows)]
    click.echo(table(["input", "prediction", "probability"][: len(cells[0])], cells))


def _rows(values: dict[str, Value]) -> list[dict[str, Any]]:
    """One record an input: the prediction of each target, for a class its probabilities as well."""
    records: list[dict[str, Any]] = []
    for name, value in values.items():
        for number, numbers in enumerate(value.data):
            if number == len(records):
                records.append({"index": number})
            if isinstance(value.kind, Category):
                likely = sorted(zip(value.kind.names, map(float, numbers), strict=True), key=lambda pair: -pair[1])
                records[number] |= {"target": name, "prediction": likely[0][0], "probabilities": dict(likely)}
            else:
                records[number] |= {"target": name, "prediction": float(numbers)}
    return records


def _cells(row: dict[str, Any]) -> list[str]:
    if "probabilities" in row:
        return [row["prediction"], f"{row['probabilities'][row['prediction']]:.1%}"]
    return [f"{row['prediction']:.6g}"]
