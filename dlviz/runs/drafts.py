"""Drafts: experiments that are still being drawn up, with every version of each. No torch here.

drafts/<id>/<number>.json   a version
drafts/<id>/head.json       {"at": the version shown, "top": the newest that redo can reach}
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlviz.core.files import read_json, write_json
from dlviz.core.problems import WrongInput
from dlviz.runs.store import checked_id
from dlviz.training.folder import new_id


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
        self._put(id, 1, document)
        return id

    def read(self, id: str) -> dict[str, Any]:
        """The version shown now."""
        at, _ = self._head(id)
        return dict(read_json(self._version(id, at)))

    def write(self, id: str, document: Mapping[str, Any]) -> None:
        """A new version after the one shown now; what could be redone is gone. An unchanged document makes none."""
        at, top = self._head(id)
        if read_json(self._version(id, at)) == dict(document):
            return
        self._put(id, at + 1, document)
        for number in range(at + 2, top + 1):
            self._version(id, number).unlink(missing_ok=True)

    def undo(self, id: str) -> dict[str, Any]:
        """Back by one version, if there is one; the document then shown."""
        return self._move(id, -1)

    def redo(self, id: str) -> dict[str, Any]:
        """Forward again by one version, if there is one; the document then shown."""
        return self._move(id, 1)

    def can_undo(self, id: str) -> bool:
        return self._head(id)[0] > 1

    def can_redo(self, id: str) -> bool:
        at, top = self._head(id)
        return at < top

    def _move(self, id: str, by: int) -> dict[str, Any]:
        at, top = self._head(id)
        there = min(max(at + by, 1), top)
        if there != at:
            write_json(self.folder / id / "head.json", {"at": there, "top": top})
        return self.read(id)

    def _put(self, id: str, number: int, document: Mapping[str, Any]) -> None:
        write_json(self._version(id, number), dict(document))
        write_json(self.folder / id / "head.json", {"at": number, "top": number})

    def _head(self, id: str) -> tuple[int, int]:
        head = read_json(self.folder / checked_id(id, "draft") / "head.json")
        if head is None:
            raise WrongInput(f"There is no draft {id}. It may have been deleted.")
        return int(head["at"]), int(head["top"])

    def _version(self, id: str, number: int) -> Path:
        return self.folder / id / f"{number}.json"
