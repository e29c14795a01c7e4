"""Whose turn it is: fair between workspaces, so that thirty runs of one do not keep all others waiting.

A *workspace* is whoever shares a browser (or a terminal's user). Its next piece of work stands behind as many of its
own as run already or wait before it; so the workspaces take turns, and within one the oldest is first.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dlviz.core.problems import WrongInput

Where = TypeVar("Where")
Known = TypeVar("Known", bound=Mapping[str, Any])


@dataclass(frozen=True)
class Limits:
    """How much is done at once, and how much may wait. From DLVIZ_PLACES, DLVIZ_PLACES_EACH and DLVIZ_WAITING_EACH."""

    #: Trainings at once, in total and of one workspace.
    places: int
    places_each: int
    #: Runs of one workspace that may wait.
    waiting_each: int

    @classmethod
    def of_environment(cls) -> Limits:
        places = _number("DLVIZ_PLACES", os.cpu_count() or 1)
        return cls(places, _number("DLVIZ_PLACES_EACH", places), _number("DLVIZ_WAITING_EACH", 50))


def workspace_of(entry: Mapping[str, Any]) -> str:
    """The workspace that an entry or a state names; "" where it names none."""
    name = entry.get("workspace")
    return name if isinstance(name, str) else ""


def in_turn(entries: Sequence[tuple[Where, Known]], busy: Iterable[str]) -> list[tuple[Where, Known]]:
    """`entries` (oldest first) in the order in which places are given out; `busy`: the workspace of each piece of work
    that is being done."""
    before = Counter(busy)
    turns = []
    for number, entry in enumerate(entries):
        name = workspace_of(entry[1])
        turns.append((before[name], number))
        before[name] += 1
    return [entries[number] for _, number in sorted(turns)]


def starts_in(ahead: int, left: Sequence[float | None], usual: float | None, places: int) -> float | None:
    """Seconds until a run with `ahead` others before it starts, about: `left` are the seconds that those which train
    still need, `usual` what a run takes. None where that is not known."""
    if len(left) < places:
        return 0.0 if ahead < places - len(left) else _later(ahead, [0.0] * (places - len(left)), left, usual)
    return _later(ahead, [], left, usual)


def _later(ahead: int, free: list[float], left: Sequence[float | None], usual: float | None) -> float | None:
    ends = free + [seconds for seconds in left if seconds is not None]
    if len(ends) < len(free) + len(left) or not ends:
        return None
    for _ in range(ahead):
        if usual is None:
            return None
        ends.sort()
        ends[0] += usual
    return min(ends)


def check_waiting(
    entries: Iterable[tuple[Where, Known]], workspace: str, limits: Limits, more: int = 1
) -> None:  # fmt: skip
    """`WrongInput` where so many runs of a workspace wait that one more, or `more`, may not."""
    many = sum(entry.get("kind") == "train" and workspace_of(entry) == workspace for _, entry in entries)
    if many + more > limits.waiting_each:
        asked = f", and {more} more were asked for" if more > 1 else ""
        raise WrongInput(
            f"At most {limits.waiting_each} runs of one workspace may wait. {many} do{asked}. "
            "Stop one that waits, or wait until some have ended."
        )


def _number(name: str, otherwise: int) -> int:
    text = os.environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 10_000 else otherwise
