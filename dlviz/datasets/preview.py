"""A file of the user's before it is loaded: how it was understood and why, so that a page can show it and let it be
overruled. No torch in here, so that it is quick."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.datasets.archive import entries
from dlviz.datasets.broken import Broken
from dlviz.datasets.class_folders import class_folders
from dlviz.datasets.columns import Column, detect_columns
from dlviz.datasets.pictures import Pixels, decoded, opened
from dlviz.datasets.sheet import How, Sheet, read_sheet

#: Names that say what is to be predicted.
_LIKELY = (
    "target",
    "label",
    "class",
    "y",
    "outcome",
    "category",
    "species",
    "diagnosis",
    "survived",
    "price",
    "result",
)


@dataclass(frozen=True)
class TablePreview:
    """A table as it was understood."""

    sheet: Sheet
    columns: tuple[Column, ...]
    #: The first rows, a list of cells each, as written.
    first_rows: tuple[tuple[str, ...], ...]
    #: The column that is most likely meant as the target.
    target: str

    @property
    def rows(self) -> int:
        return len(self.sheet.frame)


def preview(path: str, settings: Mapping[str, Any] | None = None, rows: int = 8) -> TablePreview:
    """How the table at `path` is understood under `settings` (those of `Table`; others are ignored).

    Raises `WrongInput`.
    """
    said = dict(settings or {})
    how = How(
        said.get("delimiter", "auto"),
        said.get("decimal", "auto"),
        said.get("encoding", "auto"),
        said.get("header", "auto"),
        tuple(said.get("missing", ())),
    )
    sheet = read_sheet(path, how)
    known = set(map(str, sheet.frame.columns))
    overrules = {**said.get("columns", {}), **dict.fromkeys(said.get("ignore", ()), "ignore")}
    columns = detect_columns(sheet, {name: use for name, use in overrules.items() if name in known})
    top = Sheet(**{**vars(sheet), "frame": sheet.frame.head(rows)})
    first_rows = zip(*(top.texts(column.name) for column in columns), strict=True)
    return TablePreview(
        sheet, tuple(columns), tuple(tuple(map(str, row)) for row in first_rows), likely_target(columns)
    )


def likely_target(columns: list[Column]) -> str:
    """The column whose name says that it is to be predicted, else the last that could be."""
    by_name = {column.name.strip().lower(): column.name for column in columns if column.kind != "constant"}
    for name in _LIKELY:
        if name in by_name:
            return by_name[name]
    fit = [column for column in columns if column.kind in ("category", "number")]
    return (fit or columns)[-1].name


def likely_text(columns: list[Column]) -> str:
    """The column that most likely holds the texts: free text, and of several the longest."""
    free = [column for column in columns if column.kind == "text"]
    wordy = free or [column for column in columns if column.kind in ("id", "category")] or columns
    return max(wordy, key=lambda column: sum(map(len, column.examples)) / max(1, len(column.examples))).name


def likely_label(columns: list[Column], text: str) -> str:
    """The column that is most likely to be told from the texts of `text`."""
    others = [column for column in columns if column.name != text and column.kind not in ("constant", "empty")]
    by_name = {column.name.strip().lower(): column.name for column in others}
    for name in (*_LIKELY, "sentiment", "stars", "rating", "topic", "genre"):
        if name in by_name:
            return by_name[name]
    for kind in ("category", "number"):
        fit = [column for column in others if column.kind == kind]
        if fit:
            return min(fit, key=lambda column: column.distinct).name
    return others[-1].name if others else text


def likely_pair(columns: list[Column]) -> tuple[str, str]:
    """The two columns that are most likely read and written: the first two of the wordiest kind."""
    ranks = ("text", "id", "category", "number")
    order = sorted(columns, key=lambda column: ranks.index(column.kind) if column.kind in ranks else len(ranks))
    chosen = sorted(order[:2], key=columns.index)
    return chosen[0].name, chosen[-1].name


def likely_time(columns: list[Column]) -> str:
    """The column that most likely holds the time of each row: the first of dates, else the first of all."""
    dated = [column for column in columns if column.kind == "date"]
    named = [column for column in columns if column.name.strip().lower() in ("date", "time", "datetime", "timestamp")]
    return (dated or named or columns)[0].name


def likely_series(columns: list[Column], time: str) -> str:
    """The column that is most likely to be forecast: what its name says, else the last number."""
    others = [column for column in columns if column.name != time and column.kind == "number"]
    return likely_target(others or [column for column in columns if column.name != time] or columns)


@dataclass(frozen=True)
class PicturesPreview:
    """A folder or zip of pictures as it was understood."""

    names: tuple[str, ...]
    #: How many pictures each class has, in the order of `names`.
    counts: tuple[int, ...]
    #: How many lie in each part where the folders say so; empty where chance decides.
    parts: dict[str, int]
    notes: tuple[str, ...]
    #: (class, picture as (3, side, side), 0 to 255), a few of each class.
    samples: tuple[tuple[str, Pixels], ...]


def preview_pictures(path: str, each: int = 3, side: int = 96) -> PicturesPreview:
    """How the folder or zip at `path` is understood. Raises `WrongInput`."""
    with entries(path) as found:
        folders = class_folders(found, path)
        shown: list[tuple[str, Pixels]] = []
        seen: Counter[int] = Counter()
        for entry, label in zip(folders.pictures, folders.labels, strict=True):
            if seen[label] < each:
                try:
                    shown.append(
                        (folders.names[label], decoded(opened(entry.read(), entry.name), 3, side, side, "pad"))
                    )
                    seen[label] += 1
                except Broken:
                    continue
    if not shown:
        raise WrongInput(f"{path}: none of its pictures can be read. Are they pictures (PNG, JPEG, …)?")
    counts = Counter(folders.labels)
    return PicturesPreview(
        folders.names,
        tuple(counts[label] for label in range(len(folders.names))),
        dict(Counter(part for part in folders.parts if part)),
        folders.notes,
        tuple(shown),
    )
