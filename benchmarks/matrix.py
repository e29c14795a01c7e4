"""Every method and study on every kind of network and data: `python benchmarks/matrix.py [--quick] [--write FILE]`.

Small networks are trained for a few seconds through the product, then all methods are asked about two test examples. A
cell says what came of it: the judgement of its own trials with the gain of faithfulness, "made" for a study, the reason
where it was refused, or the error where it failed, of which there must be none. The exit code is the number of those.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from dlviz.asking.answer import explained
from dlviz.asking.load import Opened, load
from dlviz.asking.pose import pose
from dlviz.asking.trials import examined
from dlviz.core.files import write_json
from dlviz.core.part import discover
from dlviz.core.problems import WrongInput
from dlviz.explainers.explainer import Explainer
from dlviz.studies.study import Inquiry, Study
from dlviz.tasks.task import Task
from dlviz.templates.template import Template
from dlviz.training import worker
from dlviz.training.folder import RunFolder
from dlviz.training.spec import Spec

#: What is learned from: a name, the data of a spec, the task where it is not the usual one.
DATA: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "pictures, classes": ({"kind": "Digits"}, None),
    "table, classes": ({"kind": "BreastCancer"}, None),
    "table, a number": ({"kind": "Diabetes"}, None),
    "texts, classes": ({"kind": "ToyText"}, None),
    "series, forecast": ({"kind": "ToySeries"}, None),
    "sounds, classes": ({"kind": "ToySounds"}, None),
    "texts, tags": ({"kind": "ToyEntities"}, None),
    "texts, the next token": ({"kind": "ToyWriting"}, None),
    "texts, a gap": ({"kind": "ToyWriting"}, {"kind": "MaskedLanguageModel"}),
    "texts to texts": ({"kind": "ToyReversal"}, None),
    "pictures, made anew": ({"kind": "Digits"}, {"kind": "Reconstruction"}),
    "pictures, invented": ({"kind": "Digits"}, {"kind": "Gan"}),
}
#: Large networks that show nothing that smaller ones do not.
LEFT_OUT = {"VGG", "Inception", "MobileNet"}
SECONDS, EXAMPLES = 25.0, (3, 8)


@dataclass
class Cell:
    """What came of one method on one network."""

    status: str  # works, refused, slow, failed
    says: str
    seconds: float = 0.0
    rank: float | None = None


class TooLong(BaseException):
    """A method took longer than a cell may."""


def networks(name: str, quick: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, spec) of the starters and templates that fit the data."""
    data, task = DATA[name]
    base: dict[str, Any] = {"version": 1, "data": data, **({"task": task} if task else {})}
    spec = Spec.parse(base).completed()
    assert spec.task is not None
    fields = spec.data.describe()
    seen: set[str] = set()
    offered: list[tuple[str, Any]] = [(title, graphs) for title, graphs in spec.task.starters(fields).items()]
    for kind, part in Template.kinds().items():
        if kind not in LEFT_OUT and part().why_not(spec.task, fields) is None:
            offered.append((part.title, part().networks(spec.task, fields)))
    for title, graphs in offered[: 1 if quick else None]:
        document = {role: graph.document() for role, graph in graphs.items()}
        if str(document) in seen:
            continue
        seen.add(str(document))
        yield title, {**base, "networks": document}


def trained(folder: Path, document: dict[str, Any], epochs: int) -> RunFolder:
    """A run of a few seconds."""
    run = RunFolder(folder)
    spec = Spec.parse({**document, "training": {"epochs": epochs, "batch_size": 32}}).completed()
    write_json(run.spec_file, spec.document())
    write_json(run.path / "state.json", {"status": "queued"})
    with open(os.devnull, "w") as nowhere:
        kept, sys.stdout = sys.stdout, nowhere
        try:
            worker.main(str(run.path), False)
        finally:
            sys.stdout = kept
    if run.status() != "finished":
        raise RuntimeError(f"it did not train: {run.state().get('error')}")
    return run


def asked(opened: Opened, part: type[Explainer] | type[Study], index: int) -> Cell:
    """One method or study about one example."""
    made, began = part(), perf_counter()

    def step(done: float, of: float) -> None:
        if perf_counter() - began > SECONDS:
            raise TooLong

    try:
        put = pose(opened.task, opened.networks, opened.data, "test", index, None, made.kind(), made.why_not)
        if isinstance(made, Study):
            found = made.study(Inquiry(put.question, "test", index, opened.run, opened.restored), step)
            return Cell("works", f"made, {len(found.shown)} shown", perf_counter() - began)
        answer = explained(put, made, step)
        told = examined(put, answer)
        return Cell("works", str(told["judgement"]), answer.seconds, told["rank"])
    except TooLong:
        return Cell("slow", f"more than {SECONDS:.0f} s", perf_counter() - began)
    except WrongInput as error:
        said = str(error).replace("\n", " ")
        return Cell("refused", said.removeprefix(f"{made.kind()} cannot explain this. "))
    except Exception as error:
        traceback.print_exc()
        return Cell("failed", f"{type(error).__name__}: {error}"[:200])


def row(opened: Opened, quick: bool) -> dict[str, Cell]:
    """All methods and studies on one network; of two examples the worse state, the mean of seconds and ranks."""
    cells = {}
    for kind, part in [*Explainer.kinds().items(), *Study.kinds().items()]:
        found = [asked(opened, part, index) for index in EXAMPLES[: 1 if quick else 2]]
        worst = max(found, key=lambda cell: ("works", "refused", "slow", "failed").index(cell.status))
        ranks = [cell.rank for cell in found if cell.rank is not None]
        worst.seconds = float(np.mean([cell.seconds for cell in found]))
        worst.rank = float(np.mean(ranks)) if ranks else None
        cells[kind] = worst
    return cells


def worded(found: dict[tuple[str, str], dict[str, Cell]]) -> str:
    """The matrix as Markdown: a table for each kind of data, a line for each method, a column for each network."""
    lines, reasons = [], {}
    for data in dict.fromkeys(data for data, _ in found):
        nets = [name for of, name in found if of == data]
        lines += [f"### {data}", "", "| | " + " | ".join(nets) + " |", "|---" * (len(nets) + 1) + "|"]
        for kind in found[data, nets[0]]:
            cells = []
            for net in nets:
                cell = found[data, net][kind]
                if cell.status == "refused":
                    mark = reasons.setdefault(cell.says, len(reasons) + 1)
                    cells.append(f"– [{mark}]")
                elif cell.status == "works":
                    rank = f" {cell.rank:+.2f}" if cell.rank is not None else ""
                    cells.append(f"{cell.says}{rank}, {cell.seconds:.2f} s")
                else:
                    cells.append(f"**{cell.status}**: {cell.says}")
            lines.append(f"| {kind} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += ["### Why some are refused", ""] + [f"{mark}. {says}" for says, mark in reasons.items()]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one network of each kind of data, one example")
    parser.add_argument("--write", type=Path, help="write the tables to this file, too")
    parser.add_argument("--only", help="only kinds of data whose name holds this")
    chosen = parser.parse_args()
    for family in ("tasks", "templates", "explainers", "studies"):
        discover(family)
    assert Task.kinds()
    found: dict[tuple[str, str], dict[str, Cell]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for data in DATA:
            if chosen.only and chosen.only not in data:
                continue
            for number, (name, document) in enumerate(networks(data, chosen.quick)):
                began = perf_counter()
                run = trained(Path(folder) / f"{data}-{number}".replace(" ", "-"), document, 1 if chosen.quick else 4)
                found[data, name] = cells = row(load(run), chosen.quick)
                counts = {status: sum(cell.status == status for cell in cells.values())
                          for status in ("works", "refused", "slow", "failed")}  # fmt: skip
                print(f"{data}; {name}: {counts}, {perf_counter() - began:.0f} s", flush=True)
    text = worded(found)
    print(text)
    if chosen.write:
        chosen.write.write_text(text, encoding="utf-8")
    every = [cell for cells in found.values() for cell in cells.values()]
    failed = sum(cell.status == "failed" for cell in every)
    print(f"{len(every)} cells, {failed} failed, {sum(cell.status == 'slow' for cell in every)} slow.")
    return failed


if __name__ == "__main__":
    sys.exit(main())
