"""Broken: a file among many that cannot be read. It is left out and told of; the others are used."""

from __future__ import annotations

from collections.abc import Sequence

#: So many are named.
_NAMED = 10


class Broken(Exception):
    """The file cannot be read; the text says why, in words that stand in brackets behind its name."""


def left_out(broken: Sequence[str], of: int, what: str) -> list[str]:
    """What is to be said of `broken`, the names of files with what is wrong with each, among so many; nothing of
    none."""
    if not broken:
        return []
    shown = ", ".join(broken[:_NAMED]) + (" …" if len(broken) > _NAMED else "")
    return [f"{len(broken):,} of {of:,} {what} could not be read and were left out: {shown}."]
