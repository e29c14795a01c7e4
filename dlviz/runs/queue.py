"""Queue: what waits for a place. No torch here, and no waiting: a page asks and goes on.

queue/<time>-<id>.json   {"kind": "train", "run": id, "path": its folder, "resume": false, "workspace": whose it is}
                         or {"kind": "explain", "run": id, "path": …, "question": the name of its folder}
                         or {"kind": "look", "path": looks/<question>, "question": the name of that folder}
                         or {"kind": "find", "path": finds/<question>, "question": …}, "bring" and "attempt" alike
queue/host.json          the host that serves the queue: pid, since when, whether it is warm
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from dlviz.core.files import read_record, write_bytes, write_json
from dlviz.core.problems import WrongInput
from dlviz.core.process import alive
from dlviz.runs.fair import Limits, check_waiting, in_turn, workspace_of
from dlviz.runs.fingerprint import fingerprint
from dlviz.training.commands import Command
from dlviz.training.folder import ACTIVE, RunFolder

RESUMABLE = ("interrupted", "stopped", "failed")
#: How many looks are kept, and how many searches for a learning rate.
_LOOKS = 60
#: Hosts that this process has started: kept, so that Python does not complain that nobody waits for them.
_started: list[subprocess.Popen[bytes]] = []


class Queue:
    """The queue of a home: one for the machine, however many servers and terminals use it. `workspace`: of whoever asks
    through this object (see `runs/fair.py`)."""

    def __init__(self, home: Path, workspace: str = "") -> None:
        self.home, self.workspace = Path(home), workspace
        self.folder = self.home / "queue"

    def submit(self, run: RunFolder, *asked: Command) -> None:
        """Put a new run in the queue; a place is given to it when one is free. `asked`: what it does before its first
        step."""
        self._enter(run, False, asked)

    def submit_all(self, make: Callable[[], list[RunFolder]], many: int) -> list[RunFolder]:
        """Make so many new runs and put them in the queue. `WrongInput` where not all of them may wait: then none is
        made. Those that find no room there any more are not left behind."""
        check_waiting(self.waiting(), self.workspace, Limits.of_environment(), many)
        runs = make()
        for number, run in enumerate(runs):
            try:
                self.submit(run)
            except (OSError, WrongInput):
                for rest in runs[number:]:
                    shutil.rmtree(rest.path, ignore_errors=True)
                raise
        return runs

    def resume(self, run: RunFolder, *asked: Command) -> None:
        """Let an interrupted, stopped or failed run go on from its last checkpoint."""
        status = run.status()
        if status in ACTIVE:
            return
        if status == "queued":  # one that waits nowhere has been lost on its way into the queue
            self._enter(run, run.checkpoints.is_dir(), asked)
            return
        if status not in RESUMABLE:
            raise WrongInput(f"The run {run.id} is {status}: only an interrupted, stopped or failed run can go on.")
        self._enter(run, True, asked)

    def position(self, run: RunFolder, training: Iterable[str] = ()) -> int | None:
        """How many will start before it (0: it is next); None: it does not wait. `training`: the workspace of each run
        that trains now, as it decides whose turn it is."""
        waiting = [(path, entry) for path, entry in self.waiting() if entry.get("kind") == "train"]
        runs = [entry.get("run") for _, entry in in_turn(waiting, training)]
        return runs.index(run.id) if run.id in runs else None

    def withdraw(self, run: RunFolder) -> bool:
        """Take a run out of the queue; False where it does not wait (any more)."""
        for path, entry in self.waiting():
            if entry.get("kind") == "train" and entry.get("run") == run.id:
                state = {**run.state(), "status": "stopped"}
                path.unlink(missing_ok=True)
                run.leave_word(state)
                return True
        return False

    def ask(self, run: RunFolder, question: Mapping[str, Any], again: bool = True) -> Path:
        """The folder where the answer will stand. The same question to the same weights has the same folder; an
        answer that stands there already is not worked out again; what failed is tried `again`."""
        request = {"run": run.id, **question}
        asked = {key: value for key, value in request.items() if key != "limit_s"}
        text = json.dumps([asked, run.weights()], sort_keys=True)
        folder = run.explanations / hashlib.sha256(text.encode()).hexdigest()[:16]
        if self.answer_state(folder)["status"] in ("queued", "running", "done", *(() if again else ("failed",))):
            return folder
        for name in ("cancel", "worker.json"):
            (folder / name).unlink(missing_ok=True)
        write_json(folder / "request.json", request)
        write_json(folder / "state.json", {"status": "queued", "error": None})
        entry = {"kind": "explain", "run": run.id, "path": str(run.path), "question": folder.name}
        self._put(folder.name, {**entry, "workspace": self.workspace})
        return folder

    def look(self, request: Mapping[str, Any], again: bool = False) -> Path:
        """The folder where it will stand what one example does to the networks of a draft, or of a run
        (see `inside/job.py`). The same request has the same folder; what stands there already is not done again, but
        for what failed, with `again`."""
        again_for = ("failed",) if again else ()
        return self._aside("look", request, ("unasked", "cancelled", *again_for))

    def find(self, document: Mapping[str, Any], run: RunFolder | None = None, again: bool = False) -> Path:
        """The folder where it will stand which learning rates suit a draft's document, or a run as it stands
        (see `training/lr_finder.py`): `answer.json`. With `again` the search is made anew."""
        request: dict[str, Any] = {"spec": dict(document)}
        if run is not None:
            newest = (read_record(run.checkpoints / "latest.json") or {}).get("step")
            request = {"run": str(run.path.absolute()), "step": newest}
        return self._aside("find", request, ("unasked", "cancelled", "failed", *(("done",) if again else ())))

    def attempt(self, request: Mapping[str, Any]) -> Path:
        """The folder where it will stand what a run's networks say to a typed text (see `trying/job.py`)."""
        return self._aside("attempt", request, ("unasked", "cancelled"))

    def bring(self, request: Mapping[str, Any]) -> Path:
        """The folder of the job that makes a run of a model from elsewhere (see `training/bring.py`); the run's id will
        stand in its `answer.json`. Each time a new run is made."""
        whole = {**request, "runs": str((self.home / "runs").absolute()), "workspace": self.workspace}
        return self._aside("bring", whole, ("unasked", "cancelled", "failed", "done"))

    def _aside(self, kind: str, request: Mapping[str, Any], anew: tuple[str, ...]) -> Path:
        """The folder of a job that belongs to no run; put into the queue where its status is one of `anew`."""
        text = json.dumps(request, sort_keys=True, default=str)
        folder = self.home / f"{kind}s" / hashlib.sha256(text.encode()).hexdigest()[:16]
        if self.answer_state(folder)["status"] not in anew:
            return folder
        _forget_old(folder.parent)
        for name in ("worker.json", "cancel", "answer.json"):
            (folder / name).unlink(missing_ok=True)
        write_json(folder / "request.json", dict(request))
        write_json(folder / "state.json", {"status": "queued", "error": None})
        entry = {"kind": kind, "path": str(folder.absolute()), "question": folder.name}
        self._put(folder.name, {**entry, "workspace": self.workspace})
        return folder

    def answer_state(self, folder: Path) -> dict[str, Any]:
        """`{"status": queued | running | done | failed | cancelled | unasked, "done", "of", "error"}`."""
        state = {"status": "unasked", **(read_record(folder / "state.json") or {})}
        worker = read_record(folder / "worker.json") or {}
        if state["status"] == "running" and worker and not alive(worker.get("pid"), worker.get("pid_started")):
            state |= read_record(folder / "state.json") or {}  # it may have ended with its answer just now
            if state["status"] == "running":
                state |= {"status": "failed", "error": "The worker ended without an answer. Ask again."}
        elif state["status"] == "queued" and not worker and not self._waits(folder.name):
            state |= read_record(folder / "state.json") or {}  # it may have started just now
            if state["status"] == "queued" and not (folder / "worker.json").exists():
                state |= {"status": "failed", "error": "The question got lost. Ask again."}
        return {"done": 0, "of": None, "error": None, **state}

    def cancel(self, folder: Path) -> None:
        """End the work on a question, whether it waits or runs."""
        if self.answer_state(folder)["status"] not in ("queued", "running"):
            return
        write_bytes(folder / "cancel", b"")
        for path, entry in self.waiting():
            if entry.get("question") == folder.name:
                path.unlink(missing_ok=True)
                write_json(folder / "state.json", {"status": "cancelled", "error": None})

    def warm(self) -> None:
        """See to it that a host runs; it starts in the background and answers the sooner when work comes."""
        host = self.host()
        if host and alive(host.get("pid"), host.get("pid_started")):
            if host.get("code") == fingerprint():
                return
            os.kill(host["pid"], signal.SIGTERM)  # it knows the code of before an update; its workers go on
        _started[:] = [process for process in _started if process.poll() is None]
        others = [process for process in _started if process.pid != host.get("pid")]
        if any(process.args[-1] == str(self.home) for process in others):  # type: ignore[index]
            return  # started a moment ago, and not yet in host.json
        logs = self.home / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        with (logs / "host.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dlviz.runs.host", str(self.home)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "DLVIZ_HOME": str(self.home), "OPENBLAS_NUM_THREADS": "1",
                     "PYTORCH_NVML_BASED_CUDA_CHECK": "1"},
            )  # fmt: skip
        _started.append(process)

    def host(self) -> dict[str, Any]:
        """`{"pid", "pid_started", "ready"}` of the host that served last; empty where none ever did."""
        return read_record(self.folder / "host.json") or {}

    def waiting(self) -> list[tuple[Path, dict[str, Any]]]:
        """What waits, in order. An entry that cannot be read is passed over (the host sets it aside)."""
        entries = []
        for path in entry_files(self.folder):
            try:
                entry = json.loads(path.read_bytes())
            except (OSError, ValueError):
                continue
            if isinstance(entry, dict):
                entries.append((path, entry))
        return entries

    def _waits(self, question: str) -> bool:
        return any(path.stem.endswith(f"-{question}") for path in entry_files(self.folder))

    def _enter(self, run: RunFolder, resume: bool, asked: Iterable[Command] = ()) -> None:
        if self.position(run) is not None:
            return
        before = run.state()
        workspace = workspace_of(before)
        check_waiting(self.waiting(), workspace, Limits.of_environment())
        run.commands()  # an old command must not hit the new start
        for command in asked:
            run.command(command.name, **command.payload)
        run.write_state({**before, "status": "queued", "error": None, "pid": None})
        try:
            entry = {"kind": "train", "run": run.id, "path": str(run.path.absolute()), "resume": resume}
            self._put(run.id, {**entry, "workspace": workspace})
        except OSError:
            run.write_state_in_place(before)  # it does not wait: let it say so
            raise

    def _put(self, name: str, entry: dict[str, Any]) -> None:
        write_json(self.folder / f"{time.time_ns():020d}-{name}.json", entry)
        self.warm()


def _forget_old(looks: Path) -> None:
    """Keep the newest looks: each is worked out anew within a second, and a drawing changes with every edit."""
    try:
        folders = sorted(looks.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    except FileNotFoundError:
        return
    for folder in folders[_LOOKS:]:
        shutil.rmtree(folder, ignore_errors=True)


def entry_files(folder: Path) -> list[Path]:
    """The files of a queue's entries, in order."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except FileNotFoundError:
        return []
    return [folder / name for name in names if name[:20].isdigit() and name.endswith(".json")]
