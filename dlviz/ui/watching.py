"""A pace for watching: a run that somebody starts by hand, and that would be over in a blink, takes its time."""

from __future__ import annotations

import os

from dlviz.training.commands import Command
from dlviz.training.folder import RunFolder
from dlviz.ui import state

#: Seconds that such a run takes as a whole. `DLVIZ_WATCH` sets another number; 0: all go at full speed.
SECONDS = 12.0


def seconds() -> float:
    """About how long a run shall take so that it can be watched; 0: as long as it needs."""
    try:
        return max(0.0, float(os.environ.get("DLVIZ_WATCH", SECONDS)))
    except ValueError:
        return SECONDS


def submit(run: RunFolder) -> None:
    """Put a new run into the queue, to be watched. One that takes long by itself is not slowed down."""
    state.queue().submit(run, *_pace())


def resume(run: RunFolder) -> None:
    """Let a run go on, to be watched as before."""
    state.queue().resume(run, *_pace())


def _pace() -> list[Command]:
    return [Command("pace", {"seconds": seconds()})] if seconds() else []
