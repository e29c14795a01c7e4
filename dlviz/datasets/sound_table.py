"""What is heard in which sound: by the folders, or by a table `file,label`, a line a sound. No torch in here."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import PurePosixPath

from dlviz.core.problems import WrongInput
from dlviz.datasets.archive import Entry
from dlviz.datasets.class_folders import SOUNDS, ClassFolders, class_folders
from dlviz.datasets.encoding import plain, text_of
from dlviz.datasets.pictures import Broken
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
    named = [entry for entry in sheets if PurePosixPath(entry.way[-1]).stem.lower() in ("labels", "metadata", "meta")]
    return named[0] if len(named) == 1 else sheets[0] if len(sheets) == 1 else None


def labelled(found: Sequence[Entry], table: Entry, place: str) -> ClassFolders:
    """The sounds that the table names, each with its class. Raises `WrongInput`, with file and line."""
    rows = _rows(table)
    if not rows:
        raise WrongInput(f"{place}: {table.name} is empty. It needs the columns `file` and `label`.")
    head = [cell.strip().lower() for cell in rows[0][1]]
    at = [next((head.index(name) for name in names if name in head), None) for names in (_FILE, _LABEL)]
    if at[0] is None or at[1] is None:
        came = ", ".join(f"`{plain(cell)[:30]}`" for cell in rows[0][1][:8])
        raise WrongInput(f"{place}: {table.name} must have the columns `file` and `label`. Line 1 has: {came}.")
    sounds = {entry.name: entry for entry in found if entry.way[-1].lower().endswith(SUFFIXES)}
    top = table.way[:-1]
    by_last: dict[str, list[Entry]] = {}
    for one in sounds.values():
        by_last.setdefault(one.way[-1], []).append(one)
    chosen: dict[str, tuple[Entry, str]] = {}
    entry: Entry | None
    for line, cells in rows[1:]:
        where = f"{place}: {table.name}, line {line}"
        if len(cells) <= max(at[0], at[1]):
            raise WrongInput(f"{where} must have {len(head)} cells. Received: {len(cells)}.")
        file, label = cells[at[0]].strip().replace("\\", "/"), plain(cells[at[1]].strip())
        if not label:
            raise WrongInput(f"{where}: `{plain(file)[:60]}` has no label. Write one, or take the line out.")
        entry = sounds.get("/".join((*top, *PurePosixPath(file).parts))) or sounds.get(file)
        if entry is None and len(by_last.get(file.rsplit("/", 1)[-1], ())) == 1:
            entry = by_last[file.rsplit("/", 1)[-1]][0]
        if entry is None:
            raise WrongInput(
                f"{where} names `{plain(file)[:60]}`, and there is no such sound. Add it, or mend the name."
            )
        if entry.name in chosen and chosen[entry.name][1] != label:
            raise WrongInput(
                f"{where}: `{plain(file)[:60]}` is called `{label[:30]}` here, and further up "
                f"`{chosen[entry.name][1][:30]}`. Keep one of the two."
            )
        chosen[entry.name] = (entry, label)
    names = tuple(sorted({label for _, label in chosen.values()}))
    if len(names) < 2:
        came = f"one only, `{names[0][:40]}`" if names else "none"
        raise WrongInput(f"{place}: {table.name} must name at least two classes. Received: {came}.")
    index = {name: number for number, name in enumerate(names)}
    notes = []
    if len(chosen) < len(sounds):
        notes.append(f"Sounds that {table.name} does not name were left out: {len(sounds) - len(chosen):,}.")
    return ClassFolders(
        tuple(entry for entry, _ in chosen.values()),
        tuple(index[label] for _, label in chosen.values()),
        ("",) * len(chosen),
        names,
        tuple(notes),
    )


def _rows(table: Entry) -> list[tuple[int, list[str]]]:
    """(line, cells) of each line that is not blank. Raises `WrongInput`."""
    if table.size > _MOST_BYTES:
        raise WrongInput(f"{table.name}: a table of labels may have at most 32 MB. Received: {table.size:,} bytes.")
    try:
        text, _ = text_of(table.read(), table.name)
    except Broken as error:
        raise WrongInput(f"{table.name} cannot be read: {error}.") from None
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise WrongInput(f"{table.name}, line {reader.line_num} cannot be read: {error}.") from None
