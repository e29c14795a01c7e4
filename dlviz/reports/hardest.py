"""Hardest: the examples with the largest loss, as a person reads them."""

from __future__ import annotations

import numpy as np
import torch

from dlviz.core.values import Audio, Image, Scalar, Series, Table, Text, Value, Vector
from dlviz.core.written import cut, number, percent
from dlviz.reports import figures
from dlviz.reports.blocks import Example, Examples, Paragraph, Section
from dlviz.reports.case import Case
from dlviz.reports.pictures import png
from dlviz.studies.outcomes import Outcomes

SHOWN = 8
#: Letters of a text, and cells of a row, that are shown of one example.
_LETTERS, _CELLS = 320, 12


def hardest(case: Case) -> Section:
    title = "What it finds hardest"
    if case.found is None:
        return Section("hardest", title, (Paragraph(f"No example stands alone here: {case.missing}", "aside"),))
    found = case.found
    chosen = [int(at) for at in found.hardest[:SHOWN]]
    shown = case.data.shown(case.part, chosen)
    inputs = [shown[name] for name in case.fields.inputs]
    items = tuple(_example(case, found, inputs, place, at) for place, at in enumerate(chosen))
    note = (
        f"The {len(items)} examples of the {case.part} part with the largest loss. Look whether they have something in "
        "common, and whether their targets are right: wrong labels come up here first."
    )
    return Section("hardest", title, (Paragraph(note, "aside"), Examples(items)))


def _example(case: Case, found: Outcomes, inputs: list[Value], place: int, at: int) -> Example:
    seen = [seen_of(value, place) for value in inputs]
    words, svg, picture = (next(filter(None, (getattr(one, of) for one in seen)), "") for of in ("words", "svg", "png"))
    cells = next((one.cells for one in seen if one.cells), ())
    lines = _said(case, found, at)
    if found.losses is not None:
        lines = (*lines, f"loss {number(float(found.losses[at]))}")
    title = f"{case.part} example {at}"
    return Example(title, lines, words, svg, picture, f"{title}: {'; '.join(one.alt for one in seen)}", cells)


def seen_of(value: Value, place: int) -> Example:
    """One example of a value as a person reads it."""
    kind, data = value.kind, np.asarray(value.data)
    if isinstance(kind, Image):
        return Example("", (), png=png(data[place]), alt=f"a picture of {kind.width} by {kind.height}")
    if isinstance(kind, Table | Vector):
        names = kind.columns if isinstance(kind, Table) else kind.names
        row = [_cell(cell) for cell in data[place]]
        cells = tuple(zip(names, row, strict=False))[:_CELLS]
        return Example("", (), cells=cells, alt="a row of a table")
    if isinstance(kind, Text):
        return Example("", (), words=cut(str(data[place]), _LETTERS), alt="a text")
    if isinstance(kind, Audio):
        drawn = figures.strip(data[place].astype(float), f"a sound of {kind.samples / kind.rate:.2g} s")
        return Example("", (), svg=drawn, alt="a sound")
    if isinstance(kind, Series):
        drawn = figures.strip(data[place][0].astype(float), f"a series of {kind.steps} steps: {kind.names[0]}")
        return Example("", (), svg=drawn, alt="a series")
    words = cut(str(data[place]), _LETTERS) if data.dtype.kind in "US" and data.ndim == 1 else ""
    return Example("", (), words=words, alt=kind.kind().lower())


def _said(case: Case, found: Outcomes, at: int) -> tuple[str, ...]:
    """What the network said, and what is true."""
    if found.probabilities is not None and found.true is not None:
        names = found.classes
        said, true = int(found.probabilities[at].argmax()), int(found.true[at])
        return (
            f"said {names[said]} ({percent(float(found.probabilities[at, said]))})",
            f"true {names[true]} ({percent(float(found.probabilities[at, true]))})",
        )
    if found.predicted is not None and found.true is not None:
        unit = found.kind.unit if isinstance(found.kind, Scalar) else ""
        answers = {"said": found.predicted[at], "true": found.true[at]}
        return tuple(f"{head} {number(float(answer))} {unit}".rstrip() for head, answer in answers.items())
    return _told(case, at)


@torch.no_grad()
def _told(case: Case, at: int) -> tuple[str, ...]:
    try:
        batch = {name: column[at : at + 1] for name, column in case.data.part(case.part).columns.items()}
        told = case.task.told(case.networks, batch, case.fields)
    except NotImplementedError:
        told = None
    if not told:
        return ()
    one = told[0]
    return tuple(f"{head} {cut(text, 160)}" for head, text in (("said", one.said), ("true", one.true)) if text)


def _cell(cell: object) -> str:
    if isinstance(cell, float | np.floating):
        return "(missing)" if np.isnan(cell) else number(float(cell))
    return cut(str(cell), 60) or "(missing)"
