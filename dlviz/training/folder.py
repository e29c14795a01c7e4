"""The run folder: where each thing of a run lies. All that outlives a process is here.

runs/<id>/
  spec.json          the completed spec
  state.json         status, progress, pid; written by the worker, atomically
  data.json          fields and encoders: enough to predict without the data set
  events.jsonl       append-only, one flat record a line
  prediction.json    what was foretold of it, where its lesson asks (question.py)
  doctor.json        what the doctor said last, and the facts of the data that it was told (`checkup.py`)
  checkpoints/       <step>.safetensors (all tensors) + <step>.json (the rest); latest.json names the newest,
                     best.json the best
  views/             <name>.npz + .json: what the network sees just now; in views/test/, at the end, of the test part
  control/           what is asked of the worker: files that it obeys and removes (commands.py)
  gallery/           <part>.json + <part>_inputs.npz/.json: chosen examples and what the network says of them
  explanations/      one folder a question
  fork/              where it begins, if it goes on from another run (fork.py)
  start/             what it begins with, if that is what another run has learned (start.py)
  worker.lock        held by the one process that trains the run
  worker.log         what the worker printed; a traceback goes here and never to a user
"""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from dlviz.core.files import read_record, replace_file
from dlviz.core.problems import WrongInput
from dlviz.core.process import alive, mine
from dlviz.training import commands
from dlviz.training.commands import Command

#: `interrupted`: the worker is gone without having said why. It can be resumed from its last checkpoint.
Status = Literal["queued", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted"]
ACTIVE = ("starting", "running", "paused")
_DAMAGED = "The run's state.json is damaged. It can go on from its last checkpoint."
_HIDDEN = "The run's folder may not be read. Unlock it."
#: What a run says that waits because nothing can be written.
FULL_DISK = "The disk is full: nothing more can be written. Make room; the run then goes on by itself."
LOCKED = "The run's folder is read-only: nothing more can be written. Unlock it; the run then goes on by itself."
_ENDED_WAITING = "Its process ended while nothing could be written. It can go on from its last checkpoint."
_SECTIONS = ("data", "task", "networks", "optimization", "training")
_NUMBERS = (
    "pid", "pid_started", "created", "started", "epoch", "epochs", "step", "steps", "seconds", "seconds_left", "done",
    "of", "examples_per_second", "threads", "parent_step", "good_step", "pace", "pace_seconds",
)  # fmt: skip
_TEXTS = ("error", "doing", "parent", "workspace", "device", "precision", "group", "bad_node")


@dataclass(frozen=True)
class RunFolder:
    """A run on disk. Holds no state of its own: every call reads what is there now."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def spec_file(self) -> Path:
        return self.path / "spec.json"

    @property
    def gone(self) -> bool:
        """Whether it was taken away. Where the disk does not let one look, it is believed to be there."""
        try:
            os.stat(self.spec_file)
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            pass
        return False

    @property
    def events_file(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def log_file(self) -> Path:
        return self.path / "worker.log"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    def weights(self) -> int | None:
        """The step of the weights with which it answers: the best that it kept, else the newest; None: none yet."""
        found = read_record(self.checkpoints / "best.json") or read_record(self.checkpoints / "latest.json") or {}
        return found["step"] if isinstance(found.get("step"), int) else None

    @property
    def views(self) -> Path:
        return self.path / "views"

    @property
    def explanations(self) -> Path:
        return self.path / "explanations"

    def spec_document(self) -> dict[str, Any]:
        """The spec as plain values (parse it with `Spec.parse`, which needs torch); empty where it is damaged."""
        found = read_record(self.spec_file) or {}
        for name in ("data", "task"):  # the short form, `data: Digits`
            if isinstance(found.get(name), str):
                found[name] = {"kind": found[name]}
        return found if all(isinstance(found.get(name, {}), dict) for name in _SECTIONS) else {}

    def changes(self, step: float | None = None) -> list[dict[str, Any]]:
        """What was changed on the way up to and with `step`, oldest first (see `changes.py`)."""
        from dlviz.training.events import read_events

        found = read_events(self.events_file, only=("change",))
        made = [{name: value for name, value in record.items() if name != "type"} for record in found]
        sound = [record for record in made if isinstance(record.get("what"), str) and "to" in record]
        return [record for record in sound if step is None or record["step"] <= step]

    def settings_at(self, step: int | None = None) -> dict[str, Any]:
        """The spec as it held for the step after `step` (None: now), all changes made on the way in it."""
        from dlviz.training.documents import override

        document = self.spec_document()
        for record in self.changes(step):
            if not document or "." not in record["what"]:
                continue  # a weight is no setting
            try:
                document = override(document, record["what"], record["to"])
            except WrongInput:
                continue  # of a damaged line
        return document

    def state(self) -> dict[str, Any]:
        """`{"status", "error", "epoch", "epochs", "step", "steps", "seconds", "seconds_left", "metrics", "pid", …}`.

        A worker that is gone without a word shows here as `interrupted`: the process is asked, not the file alone.
        """
        found = read_record(self.path / "state.json")
        if found == {}:
            return {"status": "queued"}
        state = {name: value for name, value in (found or {}).items() if _sound(name, value)}
        if "status" not in state:
            locked = found is None and not os.access(self.path / "state.json", os.R_OK)
            return {**state, "status": "interrupted", "error": _HIDDEN if locked else _DAMAGED}
        if state["status"] in ACTIVE and not alive(state.get("pid"), state.get("pid_started")):
            state["status"] = "interrupted"
            if state.get("error") in (FULL_DISK, LOCKED):  # no longer true: nobody waits
                state["error"] = _ENDED_WAITING
        elif state["status"] in ACTIVE and not os.access(self.path, os.W_OK) and mine(state.get("pid")):
            state |= {"status": "paused", "error": LOCKED}  # its worker waits, and cannot say so
        return state

    def status(self) -> Status:
        return self.state()["status"]  # type: ignore[no-any-return]

    def write_state(self, state: dict[str, Any]) -> None:
        """Raises FileNotFoundError where the folder was taken away: it is not made anew."""
        replace_file(self.path / "state.json", json.dumps(state, ensure_ascii=False).encode())

    def leave_word(self, state: dict[str, Any]) -> None:
        """Write the state of a run that nobody trains; on a full disk into the block that it has."""
        try:
            self.write_state(state)
        except OSError:
            self.write_state_in_place(state)

    def write_state_in_place(self, state: dict[str, Any]) -> None:
        """As `write_state`, into the block that state.json has already: a full disk has no other. It may fail."""
        content = json.dumps(state, ensure_ascii=False).encode()
        try:
            with (self.path / "state.json").open("rb+", buffering=0) as file:
                file.write(content.ljust(os.fstat(file.fileno()).st_size))  # one write, so that none reads half of it
        except OSError:
            pass  # not even this fits, or nothing may be written at all

    @property
    def control(self) -> Path:
        return self.path / "control"

    def command(self, name: str, /, **payload: Any) -> None:
        """Ask the worker for something (see `commands.py`); it answers by its state, small networks within 50 ms.
        `stop` reaches it also where nothing can be written; anything else raises OSError there."""
        try:
            commands.put(self.control, Command(name, payload))
        except OSError:
            worker = read_record(self.path / "state.json") or {}
            if name != "stop" or not alive(worker.get("pid"), worker.get("pid_started")):
                raise
            os.kill(worker["pid"], signal.SIGTERM)  # it ends between two steps, as for a shutdown

    def commands(self) -> list[Command]:
        """The commands that wait, oldest first; each is taken away by reading it."""
        return commands.take(self.control)

    def asked(self, name: str) -> bool:
        """Whether a command of this name waits; it goes on waiting."""
        return commands.waits(self.control, name)


def _sound(name: str, value: Any) -> bool:
    """Whether a value of state.json is what its readers count on."""
    if name == "status":
        return value in get_args(Status)
    if name in _NUMBERS:
        return value is None or isinstance(value, (int, float)) and abs(value) < 1e18
    if name in _TEXTS:
        return value is None or isinstance(value, str)
    if name == "metrics":
        return isinstance(value, dict) and all(isinstance(figures, dict) for figures in value.values())
    return name not in ("result", "refused") or value is None or isinstance(value, dict)


def steps_in(folder: Path) -> list[int]:
    """The steps of the full checkpoints in a folder, newest first; whether they are whole shows when they are read."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    stems = [name.removesuffix(".json") for name in names if name.endswith(".json")]
    return sorted((int(stem) for stem in stems if stem.isdecimal()), reverse=True)


def new_id(now: float | None = None) -> str:
    """A run's name: the time to a thousandth of a second, so that names sort by age, and four letters by chance.
    Safe in URLs and on every file system."""
    now = time.time() if now is None else now
    moment = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    return f"{moment}-{int(now % 1 * 1000):03d}{os.urandom(2).hex()}"
