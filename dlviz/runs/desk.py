"""Desk: a process that keeps one run open and forks a worker for each question about it. `python -m dlviz.runs.desk …`.

To open a run takes longer than most answers: its network is built, its data are loaded. So the host starts a desk with
the first question; until nobody has asked for a while, it takes the run's questions out of the queue itself. Each is
answered by a child, which may fail, be cancelled or be killed without harm to the others. As the host, a desk never
computes with several threads before a fork. Kill it, and the host opens another.

<run>/desk.json   {"pid", "pid_started", "weights": which it holds}
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlviz.core.files import read_record, write_json
from dlviz.core.process import me, started
from dlviz.runs import preload, spawn
from dlviz.runs.job import Job, ended, limit_of
from dlviz.runs.queue import entry_files
from dlviz.training.folder import RunFolder

POLL = 0.01  # seconds between two looks at the queue
IDLE = 180.0  # seconds without a question after which it goes
PLACES = os.cpu_count() or 1
QUIET = 0.3  # seconds without a question after which what methods need is imported, where the host has not yet
METHODS = ("dlviz.asking.job", "lime.lime_base", "skimage.segmentation")
#: So many steps of a run are held open besides the best: for film strips, and for time travel.
STEPS = 2


def mine(file: Path) -> bool:
    """Whether this process wrote the file."""
    return (read_record(file) or {}).get("pid") == os.getpid()


@dataclass
class Desk:
    """Serves the questions about one run of a home."""

    home: Path
    run: RunFolder
    jobs: dict[int, Job] = field(default_factory=dict)
    leave: bool = False

    def __post_init__(self) -> None:
        self._opened: dict[int | None, Any] = {}
        self._weights = self.run.weights()
        self._busy = time.monotonic()

    def serve(self) -> None:
        """Until nobody asks any more, or the run has other weights."""
        self._open(None)
        if self._opened[None] is None:
            return  # the host lets the questions' own workers say why
        write_json(self.run.path / "desk.json", {**me(), "weights": self._weights})
        gc.collect()
        gc.freeze()
        to_import = list(METHODS)
        while not self.leave and time.monotonic() - self._busy < IDLE:
            self.step()
            if to_import and time.monotonic() - self._busy > QUIET:
                preload.load(to_import.pop(0))  # one at a time, so that a question waits for one at most
                gc.freeze()
            time.sleep(POLL)

    def step(self) -> None:
        """One look at everything."""
        now = time.monotonic()
        for pid, code in ended():
            if (job := self.jobs.pop(pid, None)) is not None:
                job.note_end(code)
        for job in self.jobs.values():
            job.watch(now)
        for path in entry_files(self.home / "queue"):
            entry = read_record(path) or {}
            if entry.get("kind") != "explain" or Path(str(entry.get("path"))).absolute() != self.run.path.absolute():
                continue
            if self.run.weights() != self._weights or not mine(self.run.path / "desk.json"):
                self.leave = True  # another desk has the run as it is now
                return
            folder = self.run.explanations / Path(str(entry.get("question"))).name
            taken = any(job.folder == folder for job in self.jobs.values())
            if not taken and len(self.jobs) < PLACES and folder.is_dir():
                self._start(path, folder)
        if self.jobs:
            self._busy = now
        if not self.run.spec_file.is_file():
            self.leave = True  # it was taken away

    def _start(self, entry: Path, folder: Path) -> None:
        from dlviz.asking import job

        step, limit = (read_record(folder / "request.json") or {}).get("checkpoint"), limit_of(folder)
        step = step if isinstance(step, int) else None
        self._open(step)

        def work() -> None:
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, limit + 5)
            job.main(folder, self._opened.__getitem__ if self._opened.get(step) else None)

        pid = spawn.start(
            spawn.Work(lambda: write_json(folder / "worker.json", me()), work, []), folder / "worker.log", entry
        )
        self.jobs[pid] = Job(pid, started(pid), "explain", folder, limit)
        self._busy = time.monotonic()

    def _open(self, step: int | None) -> None:
        """Open the run with the weights of a step. What cannot be opened is told by the worker that tries again."""
        from dlviz.asking.load import load, reopened

        if step in self._opened:
            return
        try:
            best = self._opened.get(None)
            opened = load(self.run) if best is None else reopened(best, step) if step is not None else best
        except Exception as error:
            print(f"cannot be opened at {step}: {error}", flush=True)
            self._opened = {None: None}
            return
        others = [known for known in self._opened if known is not None]
        if len(others) >= STEPS:
            del self._opened[others[0]]
        self._opened[step] = opened


def main(home: str, run: str) -> int:
    """Keep the run's folder open for the questions in a home's queue."""
    import torch

    torch.set_num_threads(1)  # threads of a pool do not survive a fork
    desk = Desk(Path(home), RunFolder(Path(run)))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(desk, "leave", True))
    desk.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
