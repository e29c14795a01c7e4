"""Explained: what `dlviz explain` asks, and how answers are printed and written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np

from dlviz.asking.compare import Comparison, compare
from dlviz.asking.comparing import Comparing
from dlviz.asking.every import Outcome, every
from dlviz.asking.finding_page import write_finding
from dlviz.asking.lab import lab
from dlviz.asking.load import Opened, load
from dlviz.asking.page import write_page
from dlviz.asking.picture import write_png
from dlviz.asking.pose import pose
from dlviz.asking.witnesses import by_methods
from dlviz.cli.tables import table
from dlviz.core.called import called
from dlviz.core.files import replace_with, write_json
from dlviz.core.problems import WrongInput
from dlviz.core.values import Array
from dlviz.explainers.explainer import Explainer, silent
from dlviz.studies.muted import Unit
from dlviz.studies.study import Finding, Inquiry, Study
from dlviz.training.folder import RunFolder


@dataclass(frozen=True)
class Place:
    """What is asked about: an example of a run's part, its target, and the class it is held against; what was changed
    in it, and which units are to say nothing."""

    run: RunFolder
    part: str
    index: int
    target: int | None
    against: int | None
    edit: Mapping[str, Any] = field(default_factory=dict)
    muted: tuple[Unit, ...] = ()

    def opened(self) -> Opened:
        return load(self.run)

    def changes(self) -> dict[str, Any]:
        """How the question differs from one about the example as it is."""
        return {"against": self.against, "edit": self.edit, "muted": self.muted}

    def title(self) -> str:
        return f"{self.run.id}, {self.part} {self.index}"


def one(place: Place, document: Mapping[str, Any], trust: bool, out: Path | None) -> None:
    """One method about the example."""
    method = Explainer.parse(dict(document), "method")
    assert method is not None
    (outcome,) = every(
        place.opened(), place.part, place.index, place.target, [method], **place.changes(),
        trust=trust or (out is not None and out.suffix.lower() == ".html"),
    )  # fmt: skip
    if outcome.answer is None:
        raise WrongInput(outcome.why_not)
    found = outcome.answer.document() | ({"trust": dict(outcome.trust)} if outcome.trust else {})
    if out is None:
        click.echo(json.dumps(found))
        return
    kind = out.suffix.lower()
    if kind == ".png":
        write_png(outcome.answer, out)
    elif kind == ".json":
        write_json(out, found)
    elif kind == ".npz":
        _write_npz(out, {"values": outcome.answer.explanation.values})
    else:
        write_page([outcome], place.title(), out)
    summary = outcome.answer.summary()
    rows = [[key, str(summary[key])] for key in ("method", "part", "index", "target_name", "score", "note")]
    rows += [["trust", str(outcome.trust["says"])]] if outcome.trust else []
    click.echo(table(["", ""], rows).strip("\n"))
    click.echo(f"Written: {out}")


def several(place: Place, names: Sequence[str], trust: bool, hold: bool, out: Path | None) -> None:
    """Several methods (none named: all) about the example; `hold`: held against each other, too."""
    opened = place.opened()
    methods = [method for name in names if (method := Explainer.parse(name, "method")) is not None]
    outcomes = every(
        opened, place.part, place.index, place.target, methods, silent, **place.changes(), trust=trust
    )  # fmt: skip
    held = _held(opened, place, outcomes) if hold else None
    document: dict[str, Any] = {"outcomes": [outcome.document() for outcome in outcomes]}
    document |= {"compare": held.document()} if held is not None else {}
    if out is None:
        click.echo(json.dumps(document))
        return
    if out.suffix.lower() == ".json":
        write_json(out, document)
    elif out.suffix.lower() == ".npz":
        arrays = {one.method: one.answer.explanation.values for one in outcomes if one.answer is not None}
        _write_npz(out, arrays | ({"agreement": held.agreement} if held is not None else {}))
    else:
        write_page(outcomes, place.title(), out, held.says if held is not None else "")
    click.echo(table(["method", "judgement", "rank", "seconds"], [_row(one) for one in outcomes]).strip("\n"))
    if held is not None:
        click.echo(held.says)
    click.echo(f"Written: {out}")


def study(place: Place, document: Mapping[str, Any], out: Path | None) -> None:
    """A study, of the example or of the network as a whole."""
    asked = Study.parse(dict(document), "study")
    assert asked is not None
    opened = place.opened()
    put = pose(
        opened.task, opened.networks, opened.data, place.part, place.index, place.target, asked.kind(), asked.why_not,
        **place.changes(),
    )  # fmt: skip
    found = asked.study(Inquiry(put.question, put.part, put.index, opened.run, opened.restored), silent)
    about = place.title() if asked.about_what == "example" else place.run.id
    _tell(found, {"study": asked.kind()}, f"{called(asked.kind())}, {about}", out)


def side_by_side(place: Place, document: Mapping[str, Any], out: Path | None) -> None:
    """What is held side by side as `asking/comparing.py` says: one method on several classes, examples, runs, steps, or
    over the whole training."""
    found = Comparing.parse(document).found(place.opened(), place.part, place.index, place.target, silent)
    _tell(found, {"compare": document["by"]}, f"By {document['by']}, {place.title()}", out)


def giveaway(run: RunFolder, out: Path | None) -> None:
    """What the methods find of a giveaway that was planted in the data."""
    _tell(lab(run), {"lab": True}, f"Clever Hans lab, {run.id}", out)


def _tell(found: Finding, asked: Mapping[str, Any], title: str, out: Path | None) -> None:
    told = {**asked, "says": found.says, "numbers": dict(found.numbers)}
    if out is None:
        click.echo(json.dumps(told))
        return
    if out.suffix.lower() == ".json":
        write_json(out, told)
    elif out.suffix.lower() == ".html":
        write_finding(found, title, out)
    else:
        _write_npz(out, {f"{number}": value.data for number, value in enumerate(found.shown)})
    click.echo(found.says)
    click.echo(f"Written: {out}")


def report(run: RunFolder, out: Path | None) -> None:
    """The model card."""
    from dlviz.reports.write import write_report

    written = write_report(run, (out or Path(f"{run.id}.html")).with_suffix(".html"))
    click.echo(f"Written: {written.html} and {written.markdown}")


def _held(opened: Opened, place: Place, outcomes: Sequence[Outcome]) -> Comparison:
    methods = [one.answer.method for one in outcomes if one.answer is not None]
    return compare("methods", by_methods(opened, place.part, place.index, place.target, methods))


def _row(outcome: Outcome) -> list[str]:
    if outcome.answer is None:
        return [outcome.method, outcome.why_not, "", ""]
    rank = f"{outcome.rank:.2f}" if outcome.trust else ""
    return [outcome.method, str(outcome.trust.get("judgement", "")), rank, f"{outcome.answer.seconds:.2f}"]


def _write_npz(path: Path, arrays: Mapping[str, Array]) -> None:
    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **dict(arrays))

    replace_with(path, write)
