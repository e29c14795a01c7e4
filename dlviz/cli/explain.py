"""`dlviz explain`: why a trained network predicted what it predicted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from dlviz.cli.control import find
from dlviz.cli.tables import table
from dlviz.core.problems import WrongInput


@click.command()
@click.argument("run")
@click.option("--method", required=True, help="GradCam, IntegratedGradients, Occlusion, Shap, Lime.")
@click.option("--index", required=True, type=int, help="Which example of the part, counted from 0.")
@click.option("--split", "part", default="test", show_default=True, type=click.Choice(["train", "validation", "test"]))
@click.option("--target", help="The class to explain, by number or name. Left out: the predicted one.")
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="A setting of the method: n_steps=200")
@click.option("--out", type=click.Path(path_type=Path), help="Write to FILE.png or FILE.json.")
def explain(
    run: str, method: str, index: int, part: str, target: str | None, changes: tuple[str, ...], out: Path | None
) -> None:
    """Why the network of RUN (an id, a folder, or `latest`) decided so about one example.

    Without --out the JSON goes to standard output: method, index, target, prediction, score, and values in the
    input's shape.
    """
    if out is not None and out.suffix.lower() not in (".png", ".json"):
        raise WrongInput(f"--out must end in .png or .json. Received: {out}.")
    from dlviz.asking.answer import answer
    from dlviz.asking.picture import write_png
    from dlviz.explainers.explainer import Explainer

    folder = find(run)
    asked = Explainer.parse({"kind": method, **_settings(changes)}, "method")
    assert asked is not None
    found = answer(folder, part, index, _target(folder.path, target), asked)
    if out is None:
        click.echo(json.dumps(found.document()))
        return
    if out.suffix.lower() == ".png":
        write_png(found, out)
    else:
        from dlviz.core.files import write_json

        write_json(out, found.document())
    summary = found.summary()
    rows = [[key, str(summary[key])] for key in ("method", "part", "index", "target_name", "score", "note")]
    click.echo(table(["", ""], rows).strip("\n"))
    click.echo(f"Written: {out}")


def _settings(changes: tuple[str, ...]) -> dict[str, Any]:
    import yaml

    settings = {}
    for change in changes:
        name, sign, text = change.partition("=")
        if not sign:
            raise WrongInput(f"--set needs the form name=value, n_steps=200 for instance. Received: `{change}`.")
        settings[name] = yaml.safe_load(text)
    return settings


def _target(folder: Path, text: str | None) -> int | None:
    """The number of the class that was named; its range is checked where the classes are known."""
    if text is None or re.fullmatch(r"-?[0-9]{1,9}", text):
        return None if text is None else int(text)
    from dlviz.core.files import read_record
    from dlviz.core.problems import nearest

    targets = ((read_record(folder / "data.json") or {}).get("fields") or {}).get("targets") or {}
    names = [name for kind in targets.values() for name in kind.get("names", [])]
    if text not in names:
        raise WrongInput(f"--target: there is no class `{text}`. {nearest(text, names)}".strip())
    return names.index(text)
