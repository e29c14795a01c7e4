"""Drafts: experiments that are still being drawn up, with every version of each. No torch here.

drafts/<id>/<number>.json   a version; its number is never given again
drafts/<id>/head.json       the version shown, and the numbers that undo and redo reach (`history.py`)
drafts/<id>/kept.json       versions with a title, which stay even where undo and redo no longer reach them
drafts/<id>/lock            held while a version is written: two tabs lose nothing of each other
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlviz.core.files import read_record, write_json
from dlviz.core.problems import WrongInput
from dlviz.runs.history import History
from dlviz.runs.store import checked_id
from dlviz.training.folder import new_id

#: As many versions as a person still finds her way among.
MOST_KEPT = 200
LONGEST_TITLE = 80


@dataclass(frozen=True)
class Kept:
    """A version with a title: its number, and when it was kept, in seconds since 1970."""

    number: int
    title: str
    when: float


class Drafts:
    """The drafts below a home."""

    def __init__(self, home: Path) -> None:
        self.folder = Path(home) / "drafts"

    def new(self, document: Mapping[str, Any]) -> str:
        """The id of a new draft that begins with `document`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        while True:
            id = new_id()
            try:
                (self.folder / id).mkdir()
                break
            except FileExistsError:
                continue
        self._put(id, History.first(), document)
        return id

    def at(self, id: str) -> int:
        """The number of the version shown now. One number stands for one content, for good."""
        return self._head(id).at

    def read(self, id: str) -> dict[str, Any]:
        """The version shown now."""
        while True:
            at = self.at(id)
            try:
                return self.version(id, at)
            except WrongInput:
                if self.at(id) == at:  # otherwise another tab has just moved on from it
                    raise

    def version(self, id: str, number: int) -> dict[str, Any]:
        """The version with this number. `WrongInput` where it is gone or damaged."""
        found = self._sound(id, number)
        if found is None:
            reason = "damaged. Undo leads back to one before it" if self._version(id, number).exists() else "gone"
            raise WrongInput(f"Version {number} of the draft {id} is {reason}.")
        return found

    def write(self, id: str, document: Mapping[str, Any]) -> int:
        """A new version after the one shown now; what could be redone is gone. An unchanged document makes none.
        The number of the version then shown."""
        with self._alone(id):
            return self._grow(id, self._head(id), document)

    def change(
        self, id: str, edit: Callable[[dict[str, Any]], Mapping[str, Any]], at: int | None = None
    ) -> tuple[int, dict[str, Any]]:
        """A new version made by `edit` from the one shown now, and its number; none other is written between.

        Where `edit` raises, nothing is changed. With `at`, `WrongInput` where another version is shown by now.
        """
        with self._alone(id):
            head = self._head(id)
            if at is not None and head.at != at:
                raise WrongInput("This draft has been changed elsewhere since. Load it again, then repeat the edit.")
            after = dict(edit(self.version(id, head.at)))
            return self._grow(id, head, after), after

    def fill(self, id: str, number: int, document: Mapping[str, Any]) -> None:
        """Write out what follows from the version `number` without being said in it. It means what it meant, so it
        stays the same version: no step for undo, and nothing that redo reaches is lost."""
        with self._alone(id):
            self.version(id, number)
            write_json(self._version(id, number), dict(document))

    def undo(self, id: str) -> dict[str, Any]:
        """Back by one version, if there is one; the document then shown."""
        return self._move(id, History.before)

    def redo(self, id: str) -> dict[str, Any]:
        """Forward again by one version, if there is one; the document then shown."""
        return self._move(id, History.after)

    def can_undo(self, id: str) -> bool:
        return self._head(id).before() is not None

    def can_redo(self, id: str) -> bool:
        return self._head(id).after() is not None

    def keep(self, id: str, title: str, number: int | None = None) -> Kept:
        """Give a version (the one shown now) a title, under which it stays until `drop`."""
        words = " ".join(title.split())
        if not 1 <= len(words) <= LONGEST_TITLE:
            raise WrongInput(f"A version's title has 1 to {LONGEST_TITLE} characters. Received: {len(words)}.")
        with self._alone(id):
            one = Kept(self._head(id).at if number is None else number, words, time.time())
            self.version(id, one.number)
            others = [other for other in self.kept(id) if other.number != one.number]
            if len(others) >= MOST_KEPT:
                raise WrongInput(f"A draft keeps at most {MOST_KEPT} versions with a title. Drop one of them first.")
            self._write_kept(id, [*others, one])
        return one

    def drop(self, id: str, number: int) -> None:
        """Take a version's title away. It stays as long as undo or redo reach it."""
        with self._alone(id):
            self._write_kept(id, [other for other in self.kept(id) if other.number != number])
            if not any(first <= number <= end for first, end in self._head(id).ways):
                self._version(id, number).unlink(missing_ok=True)

    def kept(self, id: str) -> list[Kept]:
        """The versions with a title, oldest first."""
        record = read_record(self._folder(id) / "kept.json") or {}
        found = []
        for name, entry in record.items():
            match entry:
                case {"title": str(title), "when": int(when) | float(when)} if name.isascii() and name.isdigit():
                    found.append(Kept(int(name), title, when))
        return sorted(found, key=lambda one: one.number)

    def _move(self, id: str, way: Callable[[History], int | None]) -> dict[str, Any]:
        with self._alone(id):
            head = before = self._head(id)
            while (there := way(head)) is not None:
                head = head.moved(there)
                found = self._sound(id, there)
                if found is not None:
                    write_json(self._folder(id) / "head.json", head.document())
                    return found
                # a damaged version is passed by, so that those beyond it stay in reach
            return self.version(id, before.at)

    def _grow(self, id: str, head: History, document: Mapping[str, Any]) -> int:
        if self._sound(id, head.at) == dict(document):
            return head.at
        grown, gone = head.grown()
        self._put(id, grown, document)
        kept = {one.number for one in self.kept(id)} if gone else set()
        for number in gone:
            if number not in kept:
                self._version(id, number).unlink(missing_ok=True)
        return grown.at

    def _put(self, id: str, head: History, document: Mapping[str, Any]) -> None:
        write_json(self._version(id, head.at), dict(document))
        write_json(self._folder(id) / "head.json", head.document())

    def _write_kept(self, id: str, kept: list[Kept]) -> None:
        record = {str(one.number): {"title": one.title, "when": one.when} for one in kept}
        write_json(self._folder(id) / "kept.json", record)

    def _head(self, id: str) -> History:
        """What head.json says; where it is damaged, the newest version is shown and undo reaches all others."""
        record = read_record(self._folder(id) / "head.json")
        if record == {}:
            raise WrongInput(f"There is no draft {id}. It may have been deleted.")
        head = History.parse(record) if record is not None else None
        if head is not None:
            return head
        names = [path.stem for path in self._folder(id).glob("*.json")]
        numbers = sorted(int(name) for name in names if name.isascii() and name.isdigit())
        sound = [number for number in numbers if self._sound(id, number) is not None]
        if not sound:
            raise WrongInput(f"The draft {id} is damaged, and none of its versions can be read. Start a new one.")
        return History.of(numbers, sound[-1])

    def _sound(self, id: str, number: int) -> dict[str, Any] | None:
        """A version; None where there is none that can be read."""
        path = self._version(id, number)
        return read_record(path) if path.exists() else None

    def _folder(self, id: str) -> Path:
        return self.folder / checked_id(id, "draft")

    def _version(self, id: str, number: int) -> Path:
        return self._folder(id) / f"{int(number)}.json"

    @contextmanager
    def _alone(self, id: str) -> Iterator[None]:
        """Wait until no other tab, thread or process writes to this draft, and keep it so."""
        folder = self._folder(id)
        if not folder.is_dir():
            raise WrongInput(f"There is no draft {id}. It may have been deleted.")
        with (folder / "lock").open("a") as file:  # closing it gives the lock back, a killed process does so too
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
            yield
