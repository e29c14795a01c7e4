"""Mending: a remedy that was offered is chosen, and its network put in place of the one it mends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.tasks.task import Role
from dlviz.ui.board.entries import Entries, inside
from dlviz.ui.board.known import faults
from dlviz.ui.board.ops import Done
from dlviz.ui.board.scope import Networks


def mend(networks: Networks, op: Mapping[str, Any], roles: Mapping[str, Role]) -> Done:
    """Do `{"do": "mend", "node": path, or "" with "role", "message", "choice", "title"}`: the remedy with that
    title, else the one with that number. Raises `WrongInput` where that problem or remedy is not there any more."""
    node, message, choice, title = op.get("node") or "", op.get("message"), op.get("choice", 0), op.get("title")
    if not isinstance(node, str) or isinstance(choice, bool) or not isinstance(choice, int):
        raise WrongInput("A problem is named by its node, its message and the number of the chosen remedy.")
    role, _, place = node.partition(".")
    role = role or str(op.get("role") or next(iter(networks), ""))
    if role not in networks:
        raise WrongInput(f"There is no network `{role[:80]}`.")
    for fault in faults(networks[role], roles[role]):
        mends = [each for each in fault.mends or () if title is None or each.title == title]
        choice = choice if title is None else 0
        if fault.node == place and fault.message == message and 0 <= choice < len(mends):
            chosen = mends[choice]
            mended = _as_before(chosen.entries, networks[role])
            new = [entry["name"] for entry in mended if entry["name"] not in {each["name"] for each in networks[role]}]
            select = new[:1] or [place.partition(".")[0]] * bool(place)
            left = [f"{role}.{name}" for name in select if any(entry["name"] == name for entry in mended)]
            return Done({**networks, role: mended}, f"{chosen.title}: done.", tuple(left))
    raise WrongInput("This problem is not there any more, or it has another remedy by now. Look at it again.")


def _as_before(entries: Entries, before: Entries) -> Entries:
    """With the places and open blocks of the entries before, which play no part in a remedy."""
    old = {entry["name"]: entry for entry in before}
    kept = []
    for entry in entries:
        known = old.get(entry["name"], {})
        entry = {**entry, **{key: known[key] for key in ("at", "open") if key in known}}
        if inside(entry):
            entry["nodes"] = _as_before(inside(entry), inside(known) if known else [])
        kept.append(entry)
    return kept
