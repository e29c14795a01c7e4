"""What an edit gives back."""

from __future__ import annotations

from dataclasses import dataclass

from dlviz.ui.board.entries import Entries


@dataclass(frozen=True)
class Edited:
    """The entries of a scope after an edit, what was done in one short sentence, and the names to select now."""

    entries: Entries
    say: str
    select: tuple[str, ...] = ()
