"""`dlviz explain`: why a trained network predicted what it predicted, and whether that can be believed."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from dlviz.cli.control import find
from dlviz.core.problems import WrongInput

ALL = "all"
#: A misspelt target is compared with so many of those there are.
_COMPARED = 5000
#: What each kind of answer can be written as.
_DATA = (".json", ".npz", ".html")
_SUFFIXES = {
    "method": (".png", *_DATA), "all": _DATA, "study": _DATA, "compare": _DATA, "others": _DATA, "lab": _DATA,
    "report": (".html", ".md"),
}  # fmt: skip


@click.command()
@click.argument("run")
@click.option("--method", "methods", multiple=True, metavar="NAME", help="GradCam, Shap, … or `all`. May be repeated.")
@click.option("--study", metavar="NAME", help="A study in place of a method: Counterfactual, PartialDependence, …")
@click.option("--report", is_flag=True, help="The model card of the run, as FILE.html or FILE.md.")
@click.option("--lab", is_flag=True, help="What the methods find of a giveaway, of a run on Planted data.")
@click.option("--compare", is_flag=True, help="Hold the methods against each other: where do they agree?")
@click.option(
    "--by",
    type=click.Choice(["classes", "examples", "runs", "steps", "film"]),
    help="With --compare: one method on several classes, examples, runs or steps of the training, or as a film of it.",
)
@click.option(
    "--other", "others", multiple=True, metavar="WHAT", help="With --by: a class, index, run or step besides."
)
@click.option("--index", type=int, help="Which example of the part, counted from 0.")
@click.option("--split", "part", default="test", show_default=True, type=click.Choice(["train", "validation", "test"]))
@click.option(
    "--target",
    help="The class to explain, the step of a forecast (+1), or what stands at a place of a text (`cat at place 3`), "
    "by number or name. Left out: what is predicted.",
)
@click.option("--against", help="The class that it is held against: why not this one?")
@click.option("--trust/--no-trust", default=None, help="Try whether it can be believed. Usual for `all` and --compare.")
@click.option(
    "--edit",
    "edits",
    multiple=True,
    metavar="WHAT=VALUE",
    help="Ask about the example as it would be: text='A fine film', cells='{age: 30}', picture=FILE.png, "
    "values='[[0, 1, …]]', silence='[[0.2, 0.4]]' (shares of a sound).",
)
@click.option("--mute", metavar="UNITS", help="Units that are to say nothing: `conv1:3, conv1:5, linear`.")
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="A setting of the method: n_steps=200")
@click.option(
    "--out", type=click.Path(path_type=Path), help="FILE.png, .json, .npz or .html; of a report .html or .md."
)
def explain(
    run: str, methods: tuple[str, ...], study: str | None, report: bool, lab: bool, compare: bool, by: str | None,
    others: tuple[str, ...], index: int | None, part: str, target: str | None, against: str | None,
    trust: bool | None, edits: tuple[str, ...], mute: str | None, changes: tuple[str, ...], out: Path | None,
) -> None:  # fmt: skip
    """Why the network of RUN (an id, a folder, or `latest`) decided so about one example, or what it does on the whole.

    Without --out the JSON goes to standard output: method, index, target, prediction, score, values in the input's
    shape and, with --trust, what its trials found.
    """
    kind = _kind(methods, study, report, lab, compare, by)
    if out is not None and out.suffix.lower() not in _SUFFIXES[kind]:
        *first, last = _SUFFIXES[kind]
        raise WrongInput(f"--out must end in {', '.join(first)} or {last}. Received: {out}.")
    from dlviz.cli import explained

    folder = find(run)
    if kind == "report":
        explained.report(folder, out)
        return
    if kind == "lab":
        explained.giveaway(folder, out)
        return
    if index is None and kind != "study":
        raise WrongInput("--index says which example is explained, counted from 0. Received: none.")
    place = explained.Place(
        folder, part, index or 0, _target(folder.path, target, "--target"), _target(folder.path, against, "--against"),
        _edit(edits), _units(mute),
    )  # fmt: skip
    settings = _settings(changes)
    if kind == "study":
        assert study is not None
        explained.study(place, {"kind": study, **settings}, out)
    elif kind == "others":
        if place.against is not None or place.edit or place.muted:
            raise WrongInput("--by compares examples as they are: leave --against, --edit and --mute out.")
        document = {"by": by, "method": {"kind": methods[0], **settings}, "others": _others(folder.path, by, others)}
        explained.side_by_side(place, document, out)
    elif kind == "method":
        explained.one(place, {"kind": methods[0], **settings}, bool(trust), out)
    else:
        named = () if ALL in methods else methods
        if settings and len(named) != 1:
            raise WrongInput("--set changes one method. Name one with --method, or leave --set out.")
        explained.several(place, named, trust is not False, compare, out)


def _kind(
    methods: tuple[str, ...], study: str | None, report: bool, lab: bool, compare: bool, by: str | None
) -> str:  # fmt: skip
    options = (("--study", study), ("--report", report), ("--lab", lab), ("--method", methods))
    asked = [name for name, wanted in options if wanted]
    if len(asked) > 1 or (compare and (study or report or lab)):
        raise WrongInput(f"One thing is asked at a time. Received: {', '.join(asked)}{' --compare' * compare}.")
    if report or lab:
        return "report" if report else "lab"
    if study:
        return "study"
    if by:
        if not compare or len(methods) != 1 or ALL in methods:
            raise WrongInput("--by holds one method side by side: --compare --by classes --method Shap, for instance.")
        return "others"
    if compare:
        return "compare"
    if not methods:
        raise WrongInput("Name what to ask: --method GradCam, --method all, --study NAME, --lab or --report.")
    return "all" if ALL in methods or len(methods) > 1 else "method"


def _settings(changes: tuple[str, ...]) -> dict[str, Any]:
    return {name: _read(text, "--set") for name, text in _pairs(changes, "--set", "n_steps=200")}


def _edit(edits: tuple[str, ...]) -> dict[str, Any]:
    """What was changed in the example, as `asking/edited.py` takes it."""
    edit: dict[str, Any] = {}
    for name, text in _pairs(edits, "--edit", "text='A fine film'"):
        if name == "text":
            edit[name] = text
        elif name == "picture":
            try:
                edit[name] = base64.b64encode(Path(text).read_bytes()).decode()
            except OSError as error:
                raise WrongInput(f"--edit: {text} cannot be read: {error.strerror}.") from None
        else:
            edit[name] = _read(text, "--edit")
    return edit


def _pairs(given: tuple[str, ...], option: str, example: str) -> list[tuple[str, str]]:
    pairs = [one.partition("=") for one in given]
    wrong = [name for name, sign, _ in pairs if not sign]
    if wrong:
        raise WrongInput(f"{option} needs the form name=value, {example} for instance. Received: `{wrong[0]}`.")
    return [(name, text) for name, _, text in pairs]


def _read(text: str, option: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise WrongInput(f"{option} takes a value as YAML or JSON writes it. Received: `{text[:80]}`.") from None


def _units(mute: str | None) -> tuple[Any, ...]:
    if mute is None:
        return ()
    from dlviz.studies.muted import parse_units

    return tuple(parse_units(mute))


def _others(folder: Path, by: str | None, others: tuple[str, ...]) -> list[Any]:
    """What one method is asked about besides: runs by their id, classes by name or number, all else by number."""
    if by == "runs":
        return list(others)
    if by == "classes":
        return [_target(folder, other, "--other") for other in others]
    wrong = [other for other in others if not re.fullmatch(r"[0-9]{1,9}", other)]
    if wrong:
        raise WrongInput(f"--other: of {by} it takes whole numbers. Received: {wrong[0]}.")
    return [int(other) for other in others]


def _target(folder: Path, text: str | None, option: str) -> int | None:
    """The number of the class that was named; its range is checked where the classes are known."""
    if text is None or re.fullmatch(r"-?[0-9]{1,9}", text):
        return None if text is None else int(text)
    from dlviz.core.problems import nearest

    names = _names(folder)
    if text not in names:
        raise WrongInput(f"{option}: there is no class `{text}`. {nearest(text, names[:_COMPARED])}".strip())
    return names.index(text)


def _names(folder: Path) -> Sequence[str]:
    """What an explanation of a run can explain, in the order of their numbers."""
    from dlviz.core.files import read_record
    from dlviz.datasets.data import Fields
    from dlviz.tasks.task import Task

    fields = (read_record(folder / "data.json") or {}).get("fields")
    document = (read_record(folder / "spec.json") or {}).get("task")
    task = Task.parse(document) if document else None
    return task.targets(Fields.parse(fields)) if fields and task is not None else ()


def printed(document: Any) -> None:
    """JSON on standard output."""
    click.echo(json.dumps(document))
