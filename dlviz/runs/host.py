"""Host: the warm process that forks workers. `python -m dlviz.runs.host HOME`; one a home, detached, single-threaded.

It has torch and every part imported already, so a fork of it trains within a tenth of a second. It looks at the
queue folder, gives out places, notes the death of workers, and holds no state that matters: kill it, and its workers
go on; the next host takes over.

It must never compute with several threads before a fork (OpenMP hangs in the child) and never run a backward pass.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from dlviz.core.files import read_json, read_record, write_json
from dlviz.core.problems import WrongInput
from dlviz.core.process import alive, me, started
from dlviz.runs import preload, spawn
from dlviz.runs.fair import Limits, in_turn, workspace_of
from dlviz.runs.fingerprint import fingerprint
from dlviz.runs.job import TRAINED, Job, ended, limit_of
from dlviz.runs.queue import Queue, entry_files
from dlviz.runs.store import Store
from dlviz.training.folder import RunFolder

POLL = 0.03  # seconds between two looks at the queue
IDLE = 30 * 60.0  # seconds without work after which it goes
TROUBLE = 1.0  # seconds to wait after the system refused something
LOST = 60.0  # seconds after which a run that waits, but not in the queue, has lost its way
HANDOVER = 20.0  # seconds that a host of newer code waits for the one before it
DESKS = 6  # runs that are kept open for questions about them
_KINDS = ("train", *spawn.JOBS)


@dataclass
class Opened:
    """A desk (`desk.py`) that this host has opened for a run."""

    pid: int
    ended: float | None = None
    served: bool = False


@dataclass
class Host:
    """Serves the queue of one home."""

    home: Path
    limits: Limits = field(default_factory=Limits.of_environment)
    jobs: dict[int, Job] = field(default_factory=dict)
    desks: dict[Path, Opened] = field(default_factory=dict)  # by the run's folder
    leave: bool = False
    still_to_import: list[str] = field(default_factory=lambda: list(preload.LATER))

    def __post_init__(self) -> None:
        self.queue, self.store = Queue(self.home), Store(self.home)
        self.places = {**dict.fromkeys(_KINDS, os.cpu_count() or 1), "train": self.limits.places}
        self._entries: dict[Path, dict[str, Any]] = {}  # of the queue, read once: an entry never changes
        self._working: list[Job] = []  # those that take a place
        self._busy = time.monotonic()  # when there was work last
        self._next_check = 0.0
        self._next_search = 0.0

    def serve(self) -> None:
        """Until it is told to leave or has had nothing to do for long."""
        self._adopt()
        while not self.leave and time.monotonic() - self._busy < IDLE:
            try:
                self.step()
            except OSError as error:  # a full disk, too many processes: it passes, and the queue waits for this host
                print(f"waits: {error}", flush=True)
                time.sleep(TROUBLE)
            time.sleep(POLL)

    def step(self) -> None:
        """One look at everything."""
        now = time.monotonic()
        self._reap()
        for job in list(self.jobs.values()):
            if job.kind != "train" and job.watch(now) and not job.child:
                self.jobs.pop(job.pid, None)
        if now >= self._next_search:
            self._next_search = now + LOST
            self._find_lost()
        files = entry_files(self.queue.folder)
        for path, entry in self._in_turn(files):
            self._start(path, entry)
        if files or self.jobs:
            self._busy = now
        elif self.still_to_import and now - self._busy > 2.0:
            preload.load(self.still_to_import.pop(0))  # one at a time, so that a click waits for one at most
            gc.collect()
            gc.freeze()

    def _in_turn(self, files: list[Path]) -> list[tuple[Path, dict[str, Any]]]:
        """The entries in the order of their turns."""
        known, self._entries = self._entries, {}
        for path in files:
            entry = known[path] if path in known else self._read(path)
            if entry is not None:
                self._entries[path] = entry
        if not files:
            return []
        paused = {id(job) for job in self.jobs.values() if job.kind == "train" and _paused(job.folder)}
        self._working = [job for job in self.jobs.values() if id(job) not in paused]
        found: list[tuple[Path, dict[str, Any]]] = []
        for kind in _KINDS:
            busy = [job.workspace for job in self._working if job.kind == kind]
            found += in_turn([each for each in self._entries.items() if each[1]["kind"] == kind], busy)
        return found

    def _read(self, path: Path) -> dict[str, Any] | None:
        """An entry; what cannot be understood is set aside."""
        try:
            entry = read_json(path)
            if entry is None:
                return None
            kind, run = entry["kind"], RunFolder(Path(entry["path"]))
            folder = run.explanations / Path(entry["question"]).name if kind == "explain" else run.path
            asks = run.spec_file if kind in ("train", "explain") else folder / "request.json"
            if kind not in self.places or not folder.is_dir() or not asks.is_file():
                raise WrongInput(f"unknown kind {kind!r} or missing folder")
            return dict(entry)
        except (OSError, ValueError, KeyError, TypeError) as error:
            print(f"set aside {path.name}: {error}", flush=True)
            path.rename(path.with_suffix(".broken"))
            return None

    def _start(self, path: Path, entry: dict[str, Any]) -> None:
        """Give the entry a place if one is free."""
        kind, run = entry["kind"], RunFolder(Path(entry["path"]))
        folder = run.explanations / Path(entry["question"]).name if kind == "explain" else run.path
        if not folder.is_dir() or (kind == "train" and not run.spec_file.is_file()):
            path.unlink(missing_ok=True)  # it was taken away while it waited
            return
        if kind == "train" and run.asked("stop"):
            state = {**run.state(), "status": "stopped"}
            path.unlink(missing_ok=True)  # first: where it cannot be taken away, it is asked again
            run.commands()
            run.leave_word(state)
            return
        if kind == "explain" and self._at_a_desk(run):
            return
        if any(job.folder == folder for job in self.jobs.values()) or self._at_work(kind) >= self.places[kind]:
            return
        workspace = workspace_of(entry)
        if kind == "train" and self._at_work(kind, workspace) >= self.limits.places_each:
            return
        if kind == "train":
            work, limit, log = spawn.training(run, bool(entry.get("resume"))), inf, run.log_file
        else:
            limit, log = limit_of(folder), folder / "worker.log"
            work = spawn.job(kind, folder, limit)
        pid = spawn.start(work, log, path)
        self.jobs[pid] = job = Job(pid, started(pid), kind, folder, limit, workspace=workspace)
        self._working.append(job)

    def _at_a_desk(self, run: RunFolder) -> bool:
        """Whether a desk sees to the questions about a run, opened now if need be. False: the host does so itself."""
        if not spawn.FORKS:
            return False
        opened = self.desks.get(run.path)
        if opened is not None and opened.ended is None:
            return True
        if opened is not None and not opened.served and time.monotonic() - (opened.ended or 0.0) < LOST:
            return False  # it could not be opened: the worker of this question says why
        if sum(desk.ended is None for desk in self.desks.values()) >= DESKS:
            return False
        pid = spawn.start(spawn.desk(self.home, run), run.path / "desk.log", None)
        self.desks[run.path] = Opened(pid)
        return True

    def _at_work(self, kind: str, workspace: str | None = None) -> int:
        """How many places of a kind are taken (by one workspace). A paused run computes nothing and takes none."""
        return sum(job.kind == kind and workspace in (None, job.workspace) for job in self._working)

    def _reap(self) -> None:
        """Take note of workers that ended; one that died without a word is told for it, at once."""
        for pid, code in ended():
            job = self.jobs.pop(pid, None)
            self._note_desk(pid)
            if job is not None:
                job.note_end(code)
        if time.monotonic() >= self._next_check:
            self._next_check = time.monotonic() + 0.5
            for job in [job for job in self.jobs.values() if not job.child]:
                if not alive(job.pid, job.started):
                    del self.jobs[job.pid]
                    job.note_end(None)

    def _note_desk(self, pid: int) -> None:
        """A desk has ended, with its time or killed: see to the workers that it may have left behind."""
        for path, desk in self.desks.items():
            if desk.pid == pid:
                desk.ended = time.monotonic()
                desk.served = _record(path / "desk.json").get("pid") == pid
                for folder in RunFolder(path).explanations.glob("*"):
                    self._adopt_one(folder / "worker.json", "explain", folder)

    def _adopt(self) -> None:
        """See to the workers that an earlier host left behind."""
        for run in self.store.runs():
            self._adopt_one(run.path / "state.json", "train", run.path)
            if run.explanations.is_dir():
                for folder in run.explanations.iterdir():
                    self._adopt_one(folder / "worker.json", "explain", folder)

    def _find_lost(self) -> None:
        """Bring into the queue what was made for it and never came there: its server was killed in between."""
        waiting = {entry.get("run") for _, entry in self.queue.waiting()}
        training = {job.folder for job in self.jobs.values()}
        for run in self.store.runs():
            state = run.path / "state.json"
            if run.id in waiting or run.path in training or not state.is_file():
                continue
            if run.status() == "queued" and time.time() - state.stat().st_mtime > LOST:
                with suppress(WrongInput):  # as many of its workspace wait as may: then later
                    self.queue.resume(run)

    def _adopt_one(self, file: Path, kind: str, folder: Path) -> None:
        state = _record(file)
        if state.get("status") in TRAINED or not alive(state.get("pid"), state.get("pid_started")):
            return
        limit = limit_of(folder) if kind == "explain" else inf
        pid, since = state["pid"], state.get("pid_started")
        self.jobs[pid] = Job(pid, since, kind, folder, limit, own=False, workspace=workspace_of(state))


def _paused(folder: Path) -> bool:
    return _record(folder / "state.json").get("status") == "paused"


def _record(file: Path) -> dict[str, Any]:
    """What a file tells; nothing where it is damaged: one spoilt file must not end the host of all runs."""
    return read_record(file) or {}


def _take_lock(folder: Path, code: str) -> bool:
    """Whether this host may serve. One of older code is about to leave and is waited for; one of this code stays."""
    end = time.monotonic() + HANDOVER
    while spawn.lock(folder / "host.lock") is None:
        if _record(folder / "host.json").get("code") == code or time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def main(home: Path) -> int:
    """Serve the home, unless another host does already."""
    folder = home / "queue"
    folder.mkdir(parents=True, exist_ok=True)
    word = {**me(), "code": fingerprint()}
    if not _take_lock(folder, str(word["code"])):
        return 0
    write_json(folder / "host.json", {**word, "ready": False})
    host = Host(home)

    def leave(number: int, frame: object) -> None:
        host.leave = True

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    preload.first()
    gc.collect()
    gc.freeze()
    write_json(folder / "host.json", {**word, "ready": True})
    try:
        host.serve()
    except Exception:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
