"""Worker: the process that turns a spec into a trained run. It knows its run folder and nothing of any page."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch

from dlviz.core.files import FULL, NO_ROOM, read_record, when_there_is_room, write_json
from dlviz.core.problems import WrongInput
from dlviz.core.process import me
from dlviz.datasets.data import Data
from dlviz.tasks.task import Networks
from dlviz.training import finish, machine, start, transfer
from dlviz.training.changes import still_to_come
from dlviz.training.divergence import Diverged, diagnose
from dlviz.training.events import read_events
from dlviz.training.folder import RunFolder
from dlviz.training.fork import Fork, data_seed
from dlviz.training.loop import Loop
from dlviz.training.prepare import prepare
from dlviz.training.recorder import Gone, Recorder, Stopped, Terminated
from dlviz.training.spec import Spec

#: What a run's state tells whatever becomes of it, and what it tells on while it is resumed.
_KEPT: tuple[str, ...] = ("created", "parent", "parent_step", "group", "workspace")
#: Seconds between two looks whether there is enough memory now, and among how many runs those are that hold it.
_MEMORY, _NEIGHBOURS = 1.0, 200
#: Seconds until data that found no room on the disk are loaded anew: a download begins from its beginning.
_AGAIN = 10.0
_PROGRESS = ("epoch", "epochs", "step", "steps", "seconds", "metrics", "notes")


def main(run_path: str | Path, resume: bool = False) -> str:
    """Train the run in this folder; the final status. What goes wrong stands in its state, in words for a person.
    Where the folder is taken away meanwhile, nothing of it is made anew: "gone"."""
    run = RunFolder(Path(run_path))
    with _alone(run) as mine:
        if not mine:
            return run.status()
        state = _first_state(run, resume)
        when_there_is_room(lambda: run.write_state(state))
        try:
            _train(run, state, resume)
        except Exception as error:
            if isinstance(error, Gone) or run.gone:
                print("The run's folder was taken away.")
                return "gone"
            traceback.print_exc()  # the log is for those who want to know; the state has the sentence
            state |= {"status": "failed", "error": sentence(error)}
        state["doing"] = ""
        _leave_word(run, state)
        return str(state["status"])


def _leave_word(run: RunFolder, state: dict[str, Any]) -> None:
    """Write the last state. On a full disk into the block that it has; a run that was asked to end never waits."""
    while not run.gone:
        try:
            run.write_state(state)
            return
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
        run.write_state_in_place(state)
        told = (read_record(run.path / "state.json") or {}).get("status")
        if told == state["status"] or state["status"] in ("stopped", "interrupted"):
            return  # else its state tells the truth all the same: this process is gone
        time.sleep(_MEMORY)


def _train(run: RunFolder, state: dict[str, Any], resume: bool) -> None:
    machine.settle()
    spec = start.of_run(Spec.parse(run.spec_document()), run)
    device = machine.device(spec.training.device if spec.training else "auto")
    recorder = Recorder(run, state)
    with _on_terminate(recorder):
        try:
            data = _load(spec, recorder)
            spec = spec.completed(data.fields)
            recorder.to_disk(lambda: write_json(run.spec_file, spec.document(), indent=1))
            recorder.to_disk(lambda: write_data(run, data))
            fork = Fork.of(run) if not recorder.checkpoints.steps() else None
            if fork is None:
                begin = partial(_begin, recorder) if spec.start is not None else None
                loop = prepare(spec, data, device, recorder, state, partial(_wait_for_memory, recorder), begin)
            else:
                loop, state["notes"] = transfer.begin(fork, spec, data, device, recorder)
            _go(loop, recorder, resume, fork)
        except (Stopped, Terminated) as end:
            state |= {"status": "stopped" if isinstance(end, Stopped) else "interrupted", "error": recorder.lost}


def _begin(recorder: Recorder, networks: Networks) -> None:
    """Begin with what another run has learned; the state tells what was taken over."""
    recorder.state["notes"] = start.begin(networks, recorder.run)


def _go(loop: Loop, recorder: Recorder, resume: bool, fork: Fork | None) -> None:
    found = recorder.checkpoints.latest() if resume else None
    recorder.to_repeat = still_to_come(recorder.run.changes(), []) if resume else []
    if found is not None:
        loop.restore(found[1])
        recorder.changes = list(found[1].facts.get("changes") or [])
        recorder.to_repeat = still_to_come(recorder.to_repeat, recorder.changes)
        best = recorder.checkpoints.read(f"{loop.best.step}.best") if loop.best.step is not None else None
        loop.best.weights = best
        recorder.events.add("resume", loop.step, time=time.time())
    elif resume and read_events(recorder.run.events_file):
        recorder.events.add("resume", loop.step, time=time.time())  # killed before its first checkpoint: begun anew
    else:
        begins: dict[str, Any] = {}
        if fork is not None:
            begins = {"epoch": loop.time, "parent": fork.parent, "notes": recorder.state["notes"]}
        elif loop.spec.start is not None:
            begins = {"from": loop.spec.start.run, "notes": recorder.state["notes"]}
        recorder.events.add(
            "fork" if fork else "start", loop.step, **begins, time=time.time(), steps=loop.steps, epochs=loop.epochs,
            device=str(loop.device),
            parameters=sum(weight.numel() for weights in loop.parameters.values() for weight in weights),
        )  # fmt: skip
    recorder.keep_first = fork is not None
    gc.collect()
    gc.freeze()  # what stands now stays: the collector need not walk through torch again and again
    try:
        loop.train()
    except Diverged as error:
        recorder.to_disk(recorder.events.flush)
        good = recorder.keep_good(loop)
        broken = diagnose(loop, recorder.good, error.step)
        recorder.state |= {"status": "failed", "error": broken.sentence, "step": error.step}
        recorder.state |= {"good_step": good, "bad_node": broken.node}
        recorder.events.add("end", error.step, status="failed", error=broken.sentence)
        recorder.checkup.end(loop, recorder.state)
    except (Stopped, Terminated) as end:
        recorder.collect(loop)
        recorder.to_disk(recorder.events.flush)
        recorder.checkpoint(loop)
        if isinstance(end, Stopped):
            finish.finish(loop, recorder, "stopped")
        raise
    else:
        finish.finish(loop, recorder, "finished")
        recorder.state |= {"status": "finished", "doing": ""}
    recorder.to_disk(recorder.events.flush)
    if recorder.state["status"] == "finished":  # from here on nobody waits for this process
        recorder.to_disk(lambda: recorder.run.write_state(recorder.state))
        recorder.moments.afterwards(loop)


def _load(spec: Spec, recorder: Recorder) -> Data:
    """Load the data; the state shows how far a download is, and `stop` is obeyed. On a full disk it waits for room."""
    run, state, last = recorder.run, recorder.state, 0.0
    loaded: list[Data] = []

    def progress(doing: str, done: float, of: float | None) -> None:
        nonlocal last
        if time.monotonic() - last > 0.3:
            last = time.monotonic()
            recorder.leave_if_asked()  # what else is asked waits for the first step
            recorder.to_disk(lambda: run.write_state(state | {"doing": doing, "done": done, "of": of}))

    state["doing"] = "loading the data"
    seed = data_seed(run, spec.seed)
    recorder.to_disk(lambda: loaded.append(spec.data.load(seed, progress)), FULL, _AGAIN)
    return loaded[0]


def _wait_for_memory(recorder: Recorder) -> bool:
    """Wait a moment where other trainings hold the memory that this one needs; False: none does, so waiting is vain."""
    run, state = recorder.run, recorder.state
    newest = sorted(run.path.parent.iterdir())[-_NEIGHBOURS:]
    others = [RunFolder(folder) for folder in newest if folder != run.path and (folder / "state.json").exists()]
    if not any(other.status() in ("running", "paused") for other in others):
        return False
    recorder.leave_if_asked()
    state["doing"] = "waiting until other trainings leave it enough memory"
    recorder.to_disk(lambda: run.write_state(state))
    time.sleep(_MEMORY)
    return True


def write_data(run: RunFolder, data: Data) -> None:
    """Enough to predict and to show without the data set."""
    document = {
        "fields": data.fields.document(),
        "encoders": {name: encoder.document() for name, encoder in data.encoders.items()},
        "sizes": {part: len(data.part(part)) for part in ("train", "validation", "test")},
        "warnings": data.warnings,
    }
    write_json(run.path / "data.json", document)


def sentence(error: BaseException) -> str:
    """An error as a person can use it; the traceback is in the log."""
    if isinstance(error, WrongInput):
        return str(error)
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error):
        return "Memory ran out. Choose a smaller batch size or a smaller network."
    if isinstance(error, OSError) and error.strerror:
        name = f" ({error.filename})" if error.filename else ""
        return f"A file could not be read or written: {error.strerror}{name}."
    first = (str(error).strip().splitlines() or [""])[0][:300]
    return f"Training ended with an unexpected error: {type(error).__name__}: {first}. The log has the details."


def _first_state(run: RunFolder, resume: bool) -> dict[str, Any]:
    before = run.state()
    keep = _KEPT + (_PROGRESS if resume else ())
    kept: dict[str, Any] = {key: before[key] for key in keep if key in before}
    return {
        **kept, "status": "starting", "error": None, "doing": "starting", "started": time.time(), **me(),
    }  # fmt: skip


@contextlib.contextmanager
def _alone(run: RunFolder) -> Iterator[bool]:
    """Whether this process is the only one that trains this run: two would spoil each other's files."""
    try:
        import fcntl
    except ImportError:  # Windows: the queue alone sees to it
        yield True
        return
    with (run.path / "worker.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


@contextlib.contextmanager
def _on_terminate(recorder: Recorder) -> Iterator[None]:
    """On SIGTERM (a shutdown) leave between two steps, with a checkpoint."""

    def leave(number: int, frame: object) -> None:
        recorder.terminate = True
        recorder.next_look = 0.0

    try:
        before = signal.signal(signal.SIGTERM, leave)
    except ValueError:  # not the main thread: then somebody else takes care of signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def process(run_path: str, resume: bool = False) -> int:
    """`main` as a process of its own: its output goes to the run's log, its session is its own."""
    log = os.open(RunFolder(Path(run_path)).log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    if hasattr(os, "setsid") and os.getsid(0) != os.getpid():
        with contextlib.suppress(PermissionError):
            os.setsid()
    return 0 if main(run_path, resume) == "finished" else 1


if __name__ == "__main__":
    sys.exit(process(sys.argv[1], "--resume" in sys.argv[2:]))
