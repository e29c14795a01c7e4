"""What is known of runs that change no more: kept in memory and in a file, so that thousands are listed at once.

cache/overviews.json   {"version": 1, "rows": {id: [mtime of spec.json, mtime of state.json, what the list says …]}}

It is a cache: whatever does not fit the stamps of a run's files is read again, and losing it costs one slow look.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from dlviz.core.files import read_record, write_json

VERSION = 1
#: So many new rows are worth a write.
_WORTH = 200
#: The types of a row: name, data, task, status, metric, part, value, seconds, epoch, epochs, created.
_TYPES: tuple[tuple[type, ...], ...] = (
    (str,), (str,), (str,), (str,), (str,), (str,), (float, int, type(None)), (float, int, type(None)), (int,), (int,),
    (float, int),
)  # fmt: skip
Stamps = tuple[int, int]
Row = tuple[Any, ...]


class KnownRuns:
    """The rows of one folder of runs."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.rows: dict[str, tuple[Stamps, Row]] = {}
        self.fresh = 0
        document = read_record(file) or {}
        rows = document.get("rows")
        if document.get("version") == VERSION and isinstance(rows, dict):
            self.rows = {id: ((row[0], row[1]), tuple(row[2:])) for id, row in rows.items() if _sound(row)}

    def get(self, id: str, stamps: Stamps) -> Row | None:
        """What is known of a run whose files bear these stamps."""
        found = self.rows.get(id)
        return found[1] if found is not None and found[0] == stamps else None

    def put(self, id: str, stamps: Stamps, row: Row) -> None:
        """Take note of a run."""
        self.rows[id] = (stamps, row)
        self.fresh += 1

    def save(self, there: Sequence[str]) -> None:
        """Write down what is known of the runs that are `there`, if that is worth it."""
        if self.fresh < _WORTH:
            return
        self.fresh = 0
        here = set(there)
        self.rows = {id: found for id, found in self.rows.items() if id in here}
        rows = {id: [*stamps, *row] for id, (stamps, row) in self.rows.items()}
        with suppress(OSError):  # a full disk: the next look is slower, and nothing else
            write_json(self.file, {"version": VERSION, "rows": rows})


@cache
def known_runs(runs: str) -> KnownRuns:
    """What is known of the runs in the folder `runs`."""
    return KnownRuns(Path(runs).parent / "cache" / "overviews.json")


def _sound(row: Any) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 2 + len(_TYPES)
        and isinstance(row[0], int)
        and isinstance(row[1], int)
        and all(isinstance(value, types) for value, types in zip(row[2:], _TYPES, strict=True))
    )
