"""Learned from: the data behind the network."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

import numpy as np

from dlviz.core.values import Audio, Category, Image, Kind, Scalar, Series, Tokens, Vector
from dlviz.core.written import count, number, percent
from dlviz.datasets.data import Examples
from dlviz.explainers.explainer import sole_input
from dlviz.reports.blocks import Block, Facts, Grid, Paragraph, Points, Section
from dlviz.reports.case import Case
from dlviz.studies.columns import TableColumn, columns_of

#: Columns of a table that are listed, and rows by which they are described.
_COLUMNS, _ROWS = 60, 2000


def learned_from(case: Case) -> Section:
    data, spec = case.data, case.restored.spec
    rows = [("data", _titled(spec.data.title, spec.data.kind()))]
    settings = {name: value for name, value in spec.data.document(brief=True).items() if name != "kind"}
    rows += [
        (name.replace("_", " "), _setting(value)) for name, value in settings.items() if value not in (None, "", [])
    ]
    rows += [
        ("training part", f"{count(len(data.train), 'example')}: the network learned from these"),
        ("validation part", f"{count(len(data.validation), 'example')}: watched while it learned"),
        ("test part", f"{count(len(data.test), 'example')}: touched once, at the end"),
    ]
    rows += [(f"input {name}", _kind(kind)) for name, kind in case.fields.inputs.items()]
    rows += [(f"target {name}", _kind(kind)) for name, kind in case.fields.targets.items()]
    blocks: list[Block] = [Facts(tuple(rows))]
    if data.warnings:
        blocks += [Paragraph("Things to know of these data:"), Points(tuple(map(_quoted, data.warnings)), "warning")]
    blocks += _targets(case)
    name = sole_input(case.fields)
    if name is not None and isinstance(case.fields.inputs[name], Vector):
        some = data.train.columns[name][:_ROWS]
        blocks.append(_columns(columns_of(case.fields, data.encoders, some), len(some)))
    return Section("data", "What it learned from", tuple(blocks))


def _targets(case: Case) -> list[Block]:
    """How often each class comes, or how the numbers lie, in each part."""
    name, kind = next(iter(case.fields.targets.items()), ("", None))
    parts = {"train": case.data.train, "validation": case.data.validation, "test": case.data.test}
    columns = {part: _numbers(examples, name) for part, examples in parts.items() if len(examples)} if name else {}
    if isinstance(kind, Category) and all(column.ndim == 1 for column in columns.values()) and len(kind.names) <= 40:
        counts = {part: np.bincount(column.astype(int), minlength=len(kind.names)) for part, column in columns.items()}
        rows = tuple(
            (
                label,
                *(f"{found[at]:,} ({percent(float(found[at]) / max(found.sum(), 1))})" for found in counts.values()),
            )
            for at, label in enumerate(kind.names)
        )
        return [Grid(("class", *counts), rows, "How often each class comes", frozenset(range(1, len(counts) + 1)))]
    if isinstance(kind, Scalar) and all(column.ndim == 1 for column in columns.values()):
        rows = tuple(
            (part, *(number(float(x)) for x in (column.min(), np.median(column), column.mean(), column.max())))
            for part, column in columns.items()
        )
        title = f"How {name} lies{f' ({kind.unit})' if kind.unit else ''}"
        return [Grid(("part", "least", "median", "mean", "largest"), rows, title, frozenset({1, 2, 3, 4}))]
    return []


def _columns(columns: list[TableColumn], rows: int) -> Grid:
    made = []
    for column in columns[:_COLUMNS]:
        gone = int((column.cells == "").sum())
        made.append((column.name, {"number": "numbers", "words": "words", "date": "dates"}[column.holds],
                     _range(column), percent(gone / max(rows, 1)) if gone else "none"))  # fmt: skip
    title = f"Columns, by {count(rows, 'row')} of the training part"
    if len(columns) > _COLUMNS:
        title += f" (the first {_COLUMNS} of {len(columns)})"
    return Grid(("column", "holds", "from … to, or the most frequent", "missing"), tuple(made), title)


def _range(column: TableColumn) -> str:
    if column.holds == "words":
        levels = [level for level in column.levels() if level]
        return ", ".join(levels[:4]) + (f" and {len(levels) - 4} more" if len(levels) > 4 else "")
    known = np.flatnonzero(np.isfinite(column.order))
    if not len(known):
        return "nothing"
    low, high = (known[int(pick(column.order[known]))] for pick in (np.argmin, np.argmax))
    return f"{column.cells[low]} to {column.cells[high]}"


def _numbers(examples: Examples, name: str) -> np.ndarray[Any, Any]:
    return np.asarray(examples.columns[name].detach().cpu().numpy())


def _kind(kind: Kind) -> str:
    if isinstance(kind, Category):
        names = ", ".join(kind.names[:8]) + (f" and {len(kind.names) - 8} more" if len(kind.names) > 8 else "")
        return f"one of {count(len(kind.names), 'class', 'classes')}: {names}"
    if isinstance(kind, Scalar):
        return f"a number{f' ({kind.unit})' if kind.unit else ''}"
    if isinstance(kind, Vector):
        return f"a row of {count(len(kind.names), 'number')}"
    if isinstance(kind, Tokens):
        return f"a text of up to {count(kind.length, 'token')}, of {len(kind.vocabulary):,} that are known"
    if isinstance(kind, Audio):
        return f"a sound of {kind.samples / kind.rate:.3g} s, {kind.rate:,} numbers a second"
    if isinstance(kind, Image):
        colours = (
            "in colour" if kind.channels == 3 else "in grey" if kind.channels == 1 else f"of {kind.channels} channels"
        )
        return f"a picture of {kind.width} × {kind.height} pixels, {colours}"
    if isinstance(kind, Series):
        return f"a series of {count(kind.steps, 'step')}: {', '.join(kind.names[:6])}"
    shape = " × ".join(str(size) for size in kind.shape()) if isinstance(kind.shape(), tuple) else ""
    return f"{kind.kind().lower()} {shape}".strip()


def _quoted(said: str) -> str:
    """What is marked as code in Markdown stands in quotes."""
    return re.sub(r"`([^`]+)`", r"“\1”", said)


def _titled(title: str, kind: str) -> str:
    return title if title == kind or not title else f"{title} ({kind})"


def _setting(value: object) -> str:
    """A setting as it is written; of a file its name alone: where it lies is nobody else's business."""
    if isinstance(value, str) and ("/" in value or "\\" in value):
        return PurePath(value.replace("\\", "/")).name
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
