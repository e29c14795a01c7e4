"""The board of one draft: its view, and edits done to it as versions of the draft."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dlviz.core.problems import WrongInput
from dlviz.runs.drafts import Drafts
from dlviz.ui.board import mend, ops
from dlviz.ui.board.catalogue import Layers
from dlviz.ui.board.entries import explicit
from dlviz.ui.board.nearby import end_before, settled, uncovered
from dlviz.ui.board.patch import Patch, difference
from dlviz.ui.board.say import said
from dlviz.ui.board.scope import split
from dlviz.ui.board.view import Drawn, View, drawn, problems

if TYPE_CHECKING:
    from dlviz.tasks.task import Role

Document = dict[str, Any]
_LAYERS = Layers()


class Outdated(WrongInput):
    """The edit was made on a version that others have changed since, and cannot be done any more."""


@dataclass(frozen=True)
class Answer:
    """What an edit did. `patch` leads from the version that the browser has; without it the whole view is needed."""

    rev: int
    can: dict[str, bool]
    view: View
    patch: Patch | None = None
    say: str = ""
    select: tuple[str, ...] = ()

    def document(self) -> Document:
        """As the browser gets it."""
        found: Document = {"rev": self.rev, "can": self.can}
        if self.say or self.select or self.patch is not None:
            found |= {"say": self.say, "select": list(self.select)}
        return found | ({"view": self.view} if self.patch is None else {"patch": self.patch})


@dataclass(frozen=True)
class Board:
    """The board of the draft `id`; `narrow`: as it is drawn for the width of a telephone."""

    drafts: Drafts
    id: str
    narrow: bool = False

    def whole(self) -> Answer:
        """The version shown now."""
        rev = self.drafts.at(self.id)
        return Answer(rev, self._can(), self._drawn(rev).view)

    def edit(self, rev: int | None, edits: Sequence[Mapping[str, Any]]) -> Answer:
        """Edits done as one version to the one shown now, which may be newer than `rev`, the one that the browser has.
        Raises `WrongInput`, and nothing is changed, where one of them cannot be done."""
        had = self._had(rev)
        say, select = "", tuple[str, ...]()
        before = had or self._drawn(self.drafts.at(self.id))
        kinds = [each.get("do") for each in edits]
        if kinds in (["undo"], ["redo"]):
            say = self._step(str(kinds[0]))
        elif "undo" in kinds or "redo" in kinds:
            raise WrongInput("Undo and redo stand alone: each leads from one version to another.")
        else:
            done: list[ops.Done] = []

            def made(document: Document) -> Document:
                full = completed(document)
                networks, said_of, chosen = _done(full, edits, before)
                done.append(ops.Done(networks, said_of, chosen))
                return {**full, "networks": networks}

            try:
                self.drafts.change(self.id, made)
            except WrongInput as error:
                if rev is not None and self.drafts.at(self.id) != rev:
                    raise Outdated(f"This drawing has been changed elsewhere since. {error}") from None
                raise
            say, select = done[0].say, done[0].select
        now = self.drafts.at(self.id)
        after = self._drawn(now)
        patch = difference(had.view, after.view) if had is not None else None
        select = tuple(path for path in select if path in after.view["nodes"])
        return Answer(now, self._can(), after.view, patch, said(say, select, before.view, after.view), select)

    def remedies(self) -> Document:
        """What would mend the problems of the version shown now. An edit's answer does not wait for it."""
        rev = self.drafts.at(self.id)
        document = self.document(rev)
        return {"rev": rev, "problems": problems(document, roles(document))}

    def document(self, rev: int | None = None) -> Document:
        """The draft with everything filled in: the version shown now, or another one."""
        return completed(self.drafts.version(self.id, rev) if rev is not None else self.drafts.read(self.id))

    def _step(self, way: str) -> str:
        if way == "undo":
            if not self.drafts.can_undo(self.id):
                raise WrongInput("There is nothing to undo.")
            self.drafts.undo(self.id)
            return "Undone."
        if not self.drafts.can_redo(self.id):
            raise WrongInput("There is nothing to redo.")
        self.drafts.redo(self.id)
        return "Redone."

    def _can(self) -> dict[str, bool]:
        return {"undo": self.drafts.can_undo(self.id), "redo": self.drafts.can_redo(self.id)}

    def _had(self, rev: int | None) -> Drawn | None:
        """What the browser shows; None where that version cannot be read any more."""
        try:
            return self._drawn(rev) if rev is not None and rev > 0 else None
        except WrongInput:
            return None

    def _drawn(self, rev: int) -> Drawn:
        return _drawn(str(self.drafts.folder), self.id, rev, self.narrow)


@lru_cache(maxsize=64)
def _drawn(folder: str, id: str, rev: int, narrow: bool) -> Drawn:
    """One number of a version stands for one content, for good."""
    from pathlib import Path

    document = completed(Drafts(Path(folder).parent).version(id, rev))
    return drawn(document, roles(document), narrow)


def _done(
    document: Document, edits: Sequence[Mapping[str, Any]], shown: Drawn
) -> tuple[dict[str, Any], str, tuple[str, ...]]:
    """All edits, one after the other, on a draft's networks."""
    networks = dict(document["networks"])
    sentences: list[str] = []
    select: tuple[str, ...] = ()
    for op in edits:
        if op.get("do") == "mend":
            done = mend.mend(networks, op, roles(document))
        else:
            done = ops.do(networks, _in_document(op, shown), _LAYERS)
        networks = settled(done.networks, done.select, shown)
        sentences += [done.say] if done.say else []
        select = done.select or select
    return networks, " ".join(sentences[:3]), select


def _in_document(op: Mapping[str, Any], shown: Drawn) -> Mapping[str, Any]:
    """Places on the canvas turned into places in the document, which are counted from the frame around them."""
    at = op.get("at")
    if op.get("do") == "move" and isinstance(at, dict):
        return {**op, "at": {path: _from(point, shown, split(path)[0]) for path, point in at.items()}}
    if op.get("do") in ("add", "paste") and at is not None:
        first = op.get("after") or op.get("edge")
        path = first[0] if isinstance(first, list) and first else first
        named = op.get("scope") or next(iter(shown.view["roles"]), "")
        scope = split(path)[0] if isinstance(path, str) else named if isinstance(named, str) else ""
        end = end_before(shown, scope, at) if op["do"] == "add" and first is None and _is_point(at) else None
        if end is not None:
            return {key: value for key, value in op.items() if key != "at"} | {"after": end}
        return {**op, "at": _from(uncovered(shown, at) if _is_point(at) else at, shown, scope)}
    return op


def _is_point(point: object) -> bool:
    return isinstance(point, list) and len(point) == 2 and all(type(each) in (int, float) for each in point)


def _from(point: object, shown: Drawn, scope: str) -> object:
    origin = shown.origins.get(scope)
    match point:
        case [int(x) | float(x), int(y) | float(y)] if origin is not None:
            return [x - origin[0], y - origin[1]]
    return point


def completed(document: Mapping[str, Any]) -> Document:
    """The draft with everything filled in that follows from its data, its networks written out."""
    from dlviz.ui import experiment

    if not all(document.get(key) for key in ("task", "networks", "optimization", "training")):
        return experiment.completed(document)
    networks = {str(role): explicit(nodes) for role, nodes in document["networks"].items()}
    if set(networks) != set(roles(document)):
        return experiment.completed(document)
    return {**document, "networks": networks}


def roles(document: Mapping[str, Any]) -> dict[str, Role]:
    """The networks that the draft's task trains. Raises `WrongInput`."""
    key = {name: document.get(name) for name in ("data", "task", "seed")}
    return dict(_roles(json.dumps(key, sort_keys=True)))


@lru_cache(maxsize=64)
def _roles(document: str) -> dict[str, Role]:
    from dlviz.ui import experiment

    known = {key: value for key, value in json.loads(document).items() if value is not None}
    return experiment.roles(known)
