"""Job: a worker that the host or a desk sees to, from its start to the word that is left of it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from dlviz.core.files import read_record, write_json
from dlviz.runs import spawn
from dlviz.training.folder import RunFolder

LIMIT = 180.0  # seconds for what names no limit
GRACE = 2.0  # seconds for a worker to end by itself, with a better sentence, when its time is up
#: The kinds of jobs but for trainings ("train"), and what people call them.
CALLED = {
    "explain": "explanation", "look": "look inside", "find": "search for a learning rate", "attempt": "try",
    "bring": "reading of the model",
}  # fmt: skip
#: How a training's state calls its end, and that of any other job.
TRAINED = ("finished", "stopped", "failed", "interrupted")
ANSWERED = ("done", "failed", "cancelled")


@dataclass
class Job:
    """A worker: a child of this process, or one that an earlier host left behind. `limit`: seconds that it may take."""

    pid: int
    started: float | None
    kind: str
    folder: Path
    limit: float = inf
    own: bool = True
    workspace: str = ""
    until: float = field(init=False)  # time.monotonic

    def __post_init__(self) -> None:
        self.until = time.monotonic() + self.limit + GRACE

    @property
    def child(self) -> bool:
        """Whether `ended` tells when it ends."""
        return self.own and spawn.FORKS

    def watch(self, now: float) -> bool:
        """End the worker of what was cancelled or has used up its time; whether that was so. Not for trainings: they
        obey commands."""
        if (self.folder / "cancel").exists():
            verdict: dict[str, Any] = {"status": "cancelled", "error": None}
        elif now > self.until:
            said = f"It took longer than {self.limit:.0f} s. Choose fewer samples or a longer limit."
            verdict = {"status": "failed", "error": said}
        else:
            return False
        spawn.end(self.pid, self.started)
        state = self._state()
        if state.get("status") != "done":
            write_json(self.folder / "state.json", {**state, **verdict})
        return True

    def note_end(self, code: int | None) -> None:
        """The worker has ended with this exit code, negative for a signal; None: it is not known. Where it left no
        word, the state says so; what was taken away is not made anew."""
        state = self._state()
        said = state.get("status")
        how = f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else "without a word"
        if self.kind == "train":
            again = said == "queued" and code in (0, None)  # asked to go on since
            if said not in TRAINED and not again and RunFolder(self.folder).spec_file.is_file():
                error = f"The training process was ended ({how}). It can go on from its last checkpoint."
                write_json(self.folder / "state.json", {**state, "status": "interrupted", "error": error})
        elif self.folder.is_dir() and said not in ANSWERED:
            error = f"The {CALLED[self.kind]} was ended ({how}). Ask again."
            write_json(self.folder / "state.json", {**state, "status": "failed", "error": error})

    def _state(self) -> dict[str, Any]:
        return read_record(self.folder / "state.json") or {}


def ended() -> Iterator[tuple[int, int]]:
    """The children of this process that have ended since it asked last: pid and exit code, negative for a signal."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except (ChildProcessError, AttributeError):  # there are none; the system cannot tell
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def limit_of(folder: Path) -> float:
    """For how many seconds the request in a folder may be worked on."""
    limit = (read_record(folder / "request.json") or {}).get("limit_s")
    return float(limit) if isinstance(limit, (int, float)) and 0 < limit <= 24 * 3600 else LIMIT
