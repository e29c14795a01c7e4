"""Ending: the word that is left of a job whose worker left none."""

from __future__ import annotations

import signal
from pathlib import Path

from dlviz.core.files import read_record, write_json

_ENDED = ("done", "failed", "cancelled")


def note_end(folder: Path, what: str, code: int | None) -> None:
    """The worker of `what` ("explanation") in `folder` has ended with this exit code, negative for a signal; None: it
    is not known. Where it left no word, the state says so."""
    state = read_record(folder / "state.json") or {}
    if folder.is_dir() and state.get("status") not in _ENDED:
        error = f"The {what} was ended ({how(code)}). Ask again."
        write_json(folder / "state.json", {**state, "status": "failed", "error": error})


def how(code: int | None) -> str:
    """How a process ended, in words."""
    return f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else "without a word"


def too_long(limit: float) -> str:
    """What is said of a job whose time was up."""
    return f"It took longer than {limit:.0f} s. Choose fewer samples or a longer limit."
