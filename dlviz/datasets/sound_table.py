"""What is heard in which sound: by the folders, or by a table `file,label`, a line a sound. No torch in here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from dlviz.core.problems import WrongInput
from dlviz.datasets.archive import Entry
from dlviz.datasets.broken import Broken
from dlviz.datasets.class_folders import SOUNDS, ClassFolders, class_folders
from dlviz.datasets.encoding import plain, text_of
from dlviz.datasets.sounds import SUFFIXES

_FILE = ("file", "filename", "file_name", "path", "sound", "audio", "fname")
_LABEL = ("label", "class", "category", "target", "speaker", "word")
_MOST_BYTES = 32 * 2**20


def sorted_sounds(found: list[Entry], place: str) -> ClassFolders:
    """Which sound belongs to which class: by a table of labels where there is one, else by the folders. Raises
    `WrongInput`."""
    table = tables(found)
    return labelled(found, table, place) if table is not None else class_folders(found, place, SOUNDS)


def tables(found: Sequence[Entry]) -> Entry | None:
    """The table among the files: the only CSV or TSV, or of several the one called `labels`; None: there is none."""
    sheets = [entry for entry in found if entry.way[-1].lower().endswith((".csv", ".tsv"))]
    named = [
        entry
        for entry in sheets
        if PurePosixPath(entry.way[-1]).stem.lower() in ("labels", "metadata", "meta", "transcripts")
    ]
    return named[0] if len(named) == 1 else sheets[0] if len(sheets) == 1 else None


def labelled(found: Sequence[Entry], table: Entry, place: str) -> ClassFolders:
    """The sounds that the table names, each with its class. Raises `WrongInput`, with file and line."""
    chosen: dict[str, tuple[Entry, str]] = {}
    for where, entry, (label,) in named(found, table, place, {"label": _LABEL}):
        if entry.name in chosen and chosen[entry.name][1] != label:
            raise WrongInput(
                f"{where}: `{plain(entry.way[-1])[:60]}` is called `{label[:30]}` here, and further up "
                f"`{chosen[entry.name][1][:30]}`. Keep one of the two."
            )
        chosen[entry.name] = (entry, label)
    names = tuple(sorted({label for _, label in chosen.values()}))
    if len(names) < 2:
        came = f"one only, `{names[0][:40]}`" if names else "none"
        raise WrongInput(f"{place}: {table.name} must name at least two classes. Received: {came}.")
    index = {name: number for number, name in enumerate(names)}
    return ClassFolders(
        tuple(entry for entry, _ in chosen.values()),
        tuple(index[label] for _, label in chosen.values()),
        ("",) * len(chosen),
        names,
        unnamed(found, len(chosen), table),
        "sounds",
    )


def named(
    found: Sequence[Entry], table: Entry, place: str, columns: Mapping[str, Sequence[str]], optional: Sequence[str] = ()
) -> Iterator[tuple[str, Entry, tuple[str, ...]]]:
    """(where it stands, the sound, what the table says of it) of each line of a table with a column `file` and
    `columns`: the name of each with the words that stand for it. Of `optional` ones "" is told where they are not
    there. Raises `WrongInput`, with file and line."""
    rows = _rows(table)
    needed = " and ".join(f"`{name}`" for name in ("file", *(name for name in columns if name not in optional)))
    if not rows:
        raise WrongInput(f"{place}: {table.name} is empty. It needs the columns {needed}.")
    head = [cell.strip().lower() for cell in rows[0][1]]
    at = {
        name: next((head.index(word) for word in words if word in head), None)
        for name, words in {"file": _FILE, **columns}.items()
    }
    if any(where is None for name, where in at.items() if name not in optional):
        came = ", ".join(f"`{plain(cell)[:30]}`" for cell in rows[0][1][:8])
        raise WrongInput(f"{place}: {table.name} must have the columns {needed}. Line 1 has: {came}.")
    sounds = {entry.name: entry for entry in found if entry.way[-1].lower().endswith(SUFFIXES)}
    by_last: dict[str, list[Entry]] = {}
    for one in sounds.values():
        by_last.setdefault(one.way[-1], []).append(one)
    for line, cells in rows[1:]:
        where = f"{place}: {table.name}, line {line}"
        if len(cells) <= max(column for column in at.values() if column is not None):
            raise WrongInput(f"{where} must have {len(head)} cells. Received: {len(cells)}.")
        if any(cell.strip() for cell in cells[len(head) :]):
            raise WrongInput(
                f"{where} must have {len(head)} cells. Received: {len(cells)}. Put what holds a comma in quotes."
            )
        said = {name: "" if column is None else plain(cells[column].strip()) for name, column in at.items()}
        file = said.pop("file").replace("\\", "/")
        for name, text in said.items():
            if not text and name not in optional:
                raise WrongInput(f"{where}: `{file[:60]}` has no {name}. Write one, or take the line out.")
        last = file.rsplit("/", 1)[-1]
        entry = sounds.get("/".join((*table.way[:-1], *PurePosixPath(file).parts))) or sounds.get(file)
        if entry is None and len(by_last.get(last, ())) == 1:
            entry = by_last[last][0]
        if entry is None:
            raise WrongInput(f"{where} names `{file[:60]}`, and there is no such sound. Add it, or mend the name.")
        yield where, entry, tuple(said.values())


def unnamed(found: Sequence[Entry], chosen: int, table: Entry) -> tuple[str, ...]:
    """A note where there are sounds that the table does not name."""
    left = sum(entry.way[-1].lower().endswith(SUFFIXES) for entry in found) - chosen
    return (f"Sounds that {table.name} does not name were left out: {left:,}.",) if left > 0 else ()


def _rows(table: Entry) -> list[tuple[int, list[str]]]:
    """(line, cells) of each line that is not blank. Raises `WrongInput`."""
    if table.size > _MOST_BYTES:
        raise WrongInput(f"{table.name}: a table of labels may have at most 32 MB. Received: {table.size:,} bytes.")
    try:
        text, _ = text_of(table.read(), table.name)
    except Broken as error:
        raise WrongInput(f"{table.name} cannot be read: {error}.") from None
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise WrongInput(f"{table.name}, line {reader.line_num} cannot be read: {error}.") from None
