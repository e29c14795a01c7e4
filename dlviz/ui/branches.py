"""Branches: which of the runs on a chart are forks of others, and which are one experiment with other seeds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dlviz.core.files import read_record
from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder
from dlviz.ui import state
from dlviz.ui.overview import name_of

#: So many generations of a fork are drawn, so many forks of a run, looked for among so many younger runs.
_GENERATIONS, _FORKS, _YOUNGER = 8, 8, 2000


@dataclass(frozen=True)
class Branch:
    """One run of a chart. `step` of `parent`: where it was forked, if it was. `ancestor`: drawn pale, up to the step
    `until`, because a run of the chart comes from it. `fork`: drawn as a branch, because it comes from a run of the
    chart. `group`: shared by runs that differ in their seed alone."""

    id: str
    name: str
    group: str = ""
    group_name: str = ""
    parent: str = ""
    step: int | None = None
    ancestor: bool = False
    until: int | None = None
    fork: bool = False


def branches(runs: Sequence[tuple[str, str]], most: int) -> list[Branch]:
    """The runs ((id, name) each) and, of a single one, those that it was forked from and those that were forked from
    it: at most `most`."""
    found = [_branch(id, name) for id, name in runs]
    if len(found) != 1:
        return found
    until = None
    while (last := found[-1]).parent and last.step is not None and len(found) <= min(_GENERATIONS, most - 1):
        until = last.step if until is None else min(until, last.step)
        if any(each.id == last.parent for each in found):
            break
        try:
            parent = state.store().run(last.parent)
        except WrongInput:
            break  # it has been deleted
        found.append(_branch(parent.id, f"parent: {_name(parent)}", ancestor=True, until=until))
    for child in children(runs[0][0])[-min(_FORKS, most - len(found)) :]:
        found.append(replace(_branch(child.id, f"fork: {_name(child)}"), fork=True))
    return found


def children(id: str) -> list[RunFolder]:
    """The runs that were forked from the run `id`, the oldest first. Ids sort by age: only younger runs are asked."""
    folder = state.store().folder
    younger = sorted(entry.name for entry in os.scandir(folder) if entry.name > id)[:_YOUNGER]
    return [RunFolder(folder / name) for name in younger if _origin_in(folder / name / "state.json")[0] == id]


#: By state.json: where a run comes from never changes, so it is read once.
_known: dict[Path, tuple[str, int | None]] = {}


def _origin_in(file: Path) -> tuple[str, int | None]:
    found = _known.get(file)
    if found is None:
        record = read_record(file)
        found = _origin(record or {})
        if record:
            _known[file] = found
    return found


def _origin(now: Mapping[str, Any]) -> tuple[str, int | None]:
    """(the run that a run was forked from, at which step). A run made anew from another's settings is no fork."""
    parent, step = now.get("parent"), now.get("parent_step")
    if isinstance(parent, str) and parent and isinstance(step, int) and not isinstance(step, bool):
        return parent, step
    return "", None


def _branch(id: str, name: str, ancestor: bool = False, until: int | None = None) -> Branch:
    run = state.store().run(id)
    now = run.state()
    group = str(now.get("group") or "")
    parent, step = _origin(now)
    return Branch(id, name, group, _name(run) if group else "", parent, step, ancestor, until)


def _name(run: RunFolder) -> str:
    return name_of(run.spec_document())
