"""`dlviz bring`: a network that another program trained becomes a run that can be asked and explained."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from dlviz.cli.documents import settings, spec_document
from dlviz.cli.runs import figures
from dlviz.core.files import read_record, write_json
from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder, new_id

#: What of a spec says what a network is for; how it was trained is not known.
_TAKEN = ("data", "task", "networks", "seed")


@click.command()
@click.argument("model")
@click.option("--data", required=True, help="What it is for: a spec, the name of a lesson, or of a data set (Digits).")
@click.option("--set", "changes", multiple=True, metavar="PLACE=VALUE", help="Change it: data.path=pictures.zip")
@click.option("--name", default="", help="What the run is called.")
@click.option(
    "--read",
    "reading",
    multiple=True,
    metavar="NAME=VALUE",
    help="How it takes inputs and what its outputs are: scaling=raw, mean=[0.13], std=[0.31], layout=channels_last, "
    "answers=probabilities, classes=[cat,dog], output=NAME.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON record on standard output.")
def bring(model: str, data: str, changes: tuple[str, ...], name: str, reading: tuple[str, ...], as_json: bool) -> None:
    """Make a run of MODEL, trained by another program: an ONNX file, a program of torch.export (.pt2), or safetensors
    whose network --data draws. Explain, predict and the app then work on it as on any other.

    Nothing in MODEL is executed. A pickle (.pt, .pth, .pkl) is refused.
    """
    from dlviz.foreign.recognize import recognized
    from dlviz.runs.home import home

    path = Path(model).absolute()
    recognized(path)
    document = _document(data, changes)
    folder = home() / "brings" / new_id()
    request: dict[str, Any] = {
        "model": str(path), "name": path.name, "title": name or path.stem, "reading": settings(reading),
        "spec": {key: document[key] for key in _TAKEN if key in document}, "runs": str(home() / "runs"),
    }  # fmt: skip
    write_json(folder / "request.json", request)
    try:
        answer = _worked(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    run = RunFolder(home() / "runs" / str(answer["run"]))
    metrics = run.state().get("metrics", {})
    if as_json:
        click.echo(json.dumps({"run": run.id, "folder": str(run.path), "metrics": metrics, "notes": answer["notes"]}))
        return
    click.echo(f"{run.id} finished. {figures(metrics)}".rstrip())
    for note in answer["notes"]:
        click.echo(f"Note: {note}")


def _document(data: str, changes: tuple[str, ...]) -> dict[str, Any]:
    """The spec that is named; the name of a data set is a whole one."""
    from dlviz.lessons import lessons
    from dlviz.training.documents import override

    if Path(data).exists() or data in lessons() or not data.isidentifier():
        return spec_document(data, changes)
    document: dict[str, Any] = {"data": {"kind": data}}
    for place, value in settings(changes).items():
        document = override(document, place, value)
    return document


def _worked(folder: Path) -> dict[str, Any]:
    """What the job answers that reads the model in a process of its own. Raises `WrongInput` with its sentence."""
    with (folder / "worker.log").open("wb") as log:
        done = subprocess.run(
            [sys.executable, "-m", "dlviz.training.bring", str(folder)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False,
        )  # fmt: skip
    state = read_record(folder / "state.json") or {}
    if done.returncode == 0 and state.get("status") == "done":
        return read_record(folder / "answer.json") or {}
    ended = f"The process that read the model ended without a word (code {done.returncode}). Bring a smaller one."
    raise WrongInput(str(state.get("error") or ended))
