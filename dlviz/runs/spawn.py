"""Spawn: how the host starts a worker. Where the system can fork, it does; elsewhere a process begins anew."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from dlviz.core.files import when_there_is_room, write_json
from dlviz.core.process import alive, me
from dlviz.training.folder import RunFolder

FORKS = hasattr(os, "fork")
#: Which module does which kind of job.
JOBS = {
    "explain": "dlviz.asking.job", "look": "dlviz.inside.job", "find": "dlviz.training.lr_finder",
    "attempt": "dlviz.trying.job", "bring": "dlviz.training.bring",
}  # fmt: skip
_locks: list[Any] = []


@dataclass(frozen=True)
class Work:
    """What a worker does: `claim` (leave word that it has begun), then `run`; or `command` as a new process."""

    claim: Callable[[], object]
    run: Callable[[], object]
    command: list[str]


def training(run: RunFolder, resume: bool) -> Work:
    """Train a run."""

    def work() -> None:
        from dlviz.training import worker

        worker.main(str(run.path), resume)

    def claim() -> None:
        run.write_state({**run.state(), **me(), "status": "starting", "error": None})

    more = ["--resume"] if resume else []
    return Work(claim, work, [sys.executable, "-m", "dlviz.training.worker", str(run.path), *more])


def desk(home: Path, run: RunFolder) -> Work:
    """Keep a run open for the questions about it that are in the queue."""

    def work() -> None:
        from dlviz.runs import desk

        desk.main(str(home), str(run.path))

    return Work(lambda: None, work, [sys.executable, "-m", "dlviz.runs.desk", str(home), str(run.path)])


def job(kind: str, folder: Path, limit: float) -> Work:
    """Answer the request in a folder, of one of `JOBS`, within `limit` seconds."""
    module = JOBS[kind]

    def work() -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, limit + 5)  # ends the process even where no host lives to do it
        importlib.import_module(module).main(str(folder))

    return Work(lambda: write_json(folder / "worker.json", me()), work, [sys.executable, "-m", module, str(folder)])


def start(work: Work, log: Path, entry: Path | None) -> int:
    """The pid of a new worker. It takes its entry (if there is any) out of the queue itself, once it has left word of
    itself: whoever dies in between, the work is neither lost nor done twice."""
    if not FORKS:
        with log.open("ab") as output:
            process = subprocess.Popen(work.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        if entry is not None:
            entry.unlink(missing_ok=True)
        return process.pid
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _become_worker(log)
        when_there_is_room(work.claim)  # the entry waits in the queue meanwhile
        if entry is not None:
            entry.unlink()  # fails where another worker has had it
        work.run()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _become_worker(log: Path) -> None:
    """Take over nothing of the host but its memory: not its session, signals, lock or output."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    for file in _locks:
        file.close()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    gc.enable()


def end(pid: int, started: float | None) -> None:
    """End a worker at once, if the pid is still its own."""
    if alive(pid, started):
        try:
            psutil.Process(pid).kill()
        except psutil.NoSuchProcess:
            pass


def lock(path: Path) -> Any:
    """The lock file held open, or None where another process holds it."""
    file = path.open("a")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    _locks.append(file)
    return file
