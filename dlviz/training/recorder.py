"""Recorder: what is written while a training goes, and the commands that are obeyed between two steps.

Nothing here changes the course of the numbers; all of it is rationed by time, so that it costs about nothing.
"""

from __future__ import annotations

import copy
import math
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from dlviz.core.files import FULL, NO_ROOM
from dlviz.core.problems import WrongInput
from dlviz.training import changes
from dlviz.training.checkpoint import Checkpoints, Snapshot
from dlviz.training.checkup import Checkup
from dlviz.training.commands import Command
from dlviz.training.divergence import Diverged, finite
from dlviz.training.evaluate import Figures, loss_figures
from dlviz.training.events import EventLog
from dlviz.training.folder import FULL_DISK, LOCKED, RunFolder
from dlviz.training.looking import Looking
from dlviz.training.loop import Loop, Watcher
from dlviz.training.own_time import own_time
from dlviz.training.steering import GLANCE_EVERY, Steering

LOOK_EVERY = 0.25  # seconds
#: A checkpoint within an epoch after this long, so that going back to any moment takes no longer.
CHECKPOINT_EVERY = 10.0  # seconds
#: While it is paused or slow: seconds between two glances at what is asked, and after which it looks all the same.
_REST, _SCAN = 0.02, 0.5
_LONGEST_WHY = 500
#: Seconds between two tries to write on a full or locked disk.
_PAUSE = 0.5
_LOST = "what came after its last checkpoint could not be kept. Once it can be written again, let it go on."
#: A loss so many times that of the beginning is a training that breaks down; for how long that is believed, in seconds.
_EXPLODED, _PATIENCE = 10.0, 10.0
_SPARE = {
    "checkpoint": 100,
    "snapshot": 200,
    "state": 100,
}  # do it when its cost times this has passed since the last
#: What everybody reads of a run is never older than this, in seconds: one slow disk access must not freeze a page.
_STALE = 1.0


class Stopped(Exception):
    """The user asked the run to stop."""


class Terminated(Exception):
    """The system asked the process to end."""


class Gone(Exception):
    """Somebody took the run's folder away: nothing of it is to be made anew."""


class Recorder(Watcher):
    """Writes events, state, checkpoints and views of a run, and obeys what is asked of it (see `commands.py`)."""

    def __init__(self, run: RunFolder, state: dict[str, Any]) -> None:
        self.run, self.state = run, state
        self.events = EventLog(run.events_file)
        self.checkpoints = Checkpoints(run.checkpoints)
        self.moments = Looking(run, self.to_disk)
        self.checkup = Checkup(run, self.moments.budget)
        self.good = Snapshot()  # the last moment known to be sound, in memory
        self._newest: Snapshot | None = None  # the moment after it: whether it is sound, the next losses tell
        self.terminate = False
        #: What could not be kept because it ended on a full disk, as a sentence.
        self.lost: str | None = None
        self.next_look = 0.0
        self.steering = Steering(run)
        #: What was changed on the way, and what is to be changed again while steps are taken again (`changes.py`).
        self.changes: list[changes.Record] = []
        self.to_repeat: list[changes.Record] = []
        #: Whether the moment it begins at is to be kept on disk: a fork's, which cannot be made from the seed.
        self.keep_first = False
        self._full_look = 0.0
        self._first_loss: float | None = None
        self._marked = False  # that it pauses
        self._stopped = False  # somebody asked it to stop
        self._since = time.monotonic()
        self._before = self._waited = 0.0
        self._last: dict[str, float] = {}
        self._cost: dict[str, float] = {}
        self._clock = own_time()
        self._saved: int | None = None
        self._saved_epoch = 0
        self._first_step = 0

    @property
    def epochs_at_once(self) -> int:  # type: ignore[override]
        return 1 if self.steering.until_epoch is not None else sys.maxsize

    def begin(self, loop: Loop) -> None:
        self._saved_epoch = loop.epoch
        self._since, self._before, self._first_step = time.monotonic(), loop.seconds, loop.step
        self.state |= {"status": "running", "epochs": loop.epochs, "steps": loop.steps, "doing": ""}
        self._tell_how(loop)
        self._repeat(loop)
        loop.longest = self._longest(loop)
        self._rationed("snapshot", lambda: self._remember(loop))
        if self.keep_first:
            self.checkpoint(loop)
        self._write_state(loop)
        self.moments.begin(loop)
        if self.steering.news():  # what was asked before it began holds from its first step on
            self._obey(loop)
            loop.longest = self._longest(loop)

    def collect(self, loop: Loop) -> None:
        """Turn the losses of the steps since the last call into records. Raises `Diverged`."""
        windows, bad = loop.meter.collect()
        for window in windows:
            figures = loss_figures(window.losses)
            if self._first_loss is None:
                self._first_loss = figures.get("loss")
            self.events.add("train", window.step, epoch=window.time, lr=window.lr, **figures)
            self.state.setdefault("metrics", {}).setdefault("train", {}).update(figures)
        if bad is not None:
            raise Diverged(bad)

    def look(self, loop: Loop) -> None:
        """Every few hundredths of a second a glance at what is asked; four times a second all else."""
        self._repeat(loop)
        if self.terminate or self.steering.news() or self.steering.closely or time.monotonic() >= self._full_look:
            self._look_at_all(loop)
        elif self.steering.arrived(loop):
            self._pause(loop)
        again = self.moments.look(loop, self._full_look)
        self._keep_pace(loop)
        self._ask_for_next(loop, again)

    def _look_at_all(self, loop: Loop) -> None:
        self.collect(loop)
        self.to_disk(self.events.flush)
        self._obey(loop)
        if self._due("snapshot"):
            self._rationed("snapshot", lambda: self._remember(loop))
        now = time.monotonic()
        if now - self._last.get("checkpoint", self._since) >= CHECKPOINT_EVERY and self._due("checkpoint"):
            self.checkpoint(loop)
        if self._due("state", at_most=_STALE):  # a rename can take long where the disk is busy
            self._write_state(loop)
        self.checkup.look(loop, self.state)
        self._full_look = time.monotonic() + LOOK_EVERY

    def ran_otherwise(self, loop: Loop, why: str) -> None:
        self._tell_how(loop)
        self.events.add("mark", loop.step, text=why)

    def _tell_how(self, loop: Loop) -> None:
        plan = loop.plan
        self.state |= {"running_on": loop.choice.told(), "threads": plan.threads, "precision": plan.precision}

    def epoch_ended(self, loop: Loop, figures: Figures, outputs: Tensor | None) -> None:
        if figures:
            self._progress(loop)
            pace = {name: self.state[name] for name in ("seconds", "examples_per_second", "seconds_left")}
            self.events.add("epoch", loop.step, epoch=loop.epoch, **figures, **pace)
        for name, value in figures.items():
            part, _, metric = name.partition(".")
            self.state.setdefault("metrics", {}).setdefault(part, {})[metric] = value
        last = loop.epoch == loop.epochs or loop.best.waited_enough
        self.checkup.epoch_ended(loop, outputs)
        if figures:
            self.moments.epoch_ended(loop, outputs, last)
        enough = loop.epoch - self._saved_epoch >= loop.training.checkpoint_every
        if last or (enough and self._due("checkpoint", at_least=1.0)):
            self.to_disk(self.events.flush)
            self.checkpoint(loop)
        if last:
            self._full_look = 0.0
        if time.monotonic() >= self.next_look or last or self.steering.until_epoch is not None:
            self.look(loop)

    def checkpoint(self, loop: Loop) -> None:
        """Write a checkpoint, unless this step has one. Raises `Diverged` rather than keep spoilt weights."""
        if self._saved == loop.step:
            return
        self.collect(loop)
        self.to_disk(self.events.flush)  # what came before a checkpoint is not computed again
        self._progress(loop)
        if not finite(tensor for weights in loop.parameters.values() for tensor in weights):
            raise Diverged(loop.step)
        best = (loop.best.step, loop.best.weights) if loop.best.step is not None and loop.best.weights else None
        snapshot = loop.capture()
        snapshot.facts["changes"] = self.changes
        budget = loop.training.history << 20
        self._rationed(
            "checkpoint", lambda: self.to_disk(lambda: self.checkpoints.save(loop.step, snapshot, best, budget))
        )
        self._saved, self._saved_epoch = loop.step, loop.epoch

    def views(self, loop: Loop, part: str, outputs: Tensor | None) -> None:
        """Write what the task draws of a part: into `views/`, and of the test part into `views/test/`."""
        with loop.own_chance("views"):
            # on copies: what is drawn lies in the main memory, the networks perhaps on a GPU
            copies = {role: copy.deepcopy(network).cpu().eval() for role, network in loop.networks.items()}
            shown = outputs.cpu() if outputs is not None else None
            drawn = loop.task.views(copies, loop.data, part, shown)
        for name, value in drawn.items():
            stem = (self.run.views / "test" if part == "test" else self.run.views) / name
            self.picture(lambda value=value, stem=stem: value.save(stem))  # type: ignore[misc]

    def to_disk(
        self, write: Callable[[], object], waits_for: Sequence[int] = NO_ROOM, pause: float = _PAUSE
    ) -> None:  # fmt: skip
        """Write; where the disk is full or locked (`waits_for`: errors by number), try again every `pause` seconds
        until it works instead of losing the run. A run that is to end does not wait: `Stopped`, `Terminated`, `lost`.
        """
        status = self.state.get("status")
        while True:
            self.still_there()
            try:
                write()
            except OSError as error:
                if error.errno not in waits_for:
                    raise
                self._wait_for_room(error, pause)
                continue
            if self.state["status"] != status:
                self.state |= {"status": status, "error": None}
            return

    def picture(self, write: Callable[[], object]) -> None:
        """As `to_disk`, for what a run can do without: where it can never be written, it is left out."""
        try:
            self.to_disk(write)
        except OSError as error:  # something else has its name, say
            print(f"A picture could not be kept: {error}")

    def still_there(self) -> None:
        """Raise `Gone` where the run's folder was taken away."""
        if self.run.gone:
            raise Gone

    def leave_if_asked(self) -> None:
        """Raise `Terminated` or `Stopped` where that is asked; all other commands go on waiting."""
        if self.terminate:
            raise Terminated
        if self.run.asked("stop"):
            self.run.commands()
            self._stopped = True
        if self._stopped:
            raise Stopped

    def _wait_for_room(self, error: OSError, pause: float) -> None:
        what = FULL_DISK if error.errno in FULL else LOCKED
        self.state |= {"status": "paused", "error": what}
        self.run.write_state_in_place(self.state)
        for _ in range(max(1, round(pause / _PAUSE))):
            try:
                self.leave_if_asked()
            except (Stopped, Terminated):
                self.lost = f"{what.partition(':')[0]}: {_LOST}"
                raise
            time.sleep(_PAUSE)

    def _obey(self, loop: Loop) -> None:
        paused = self._take(loop, self.run.commands(), paused=False)
        if paused or self.steering.arrived(loop):
            self._pause(loop, asked=paused)

    def _take(self, loop: Loop, waiting: list[Command], paused: bool) -> bool:
        """Do what is asked, one after the other; whether the run is then to be paused."""
        if self.terminate:
            raise Terminated
        if any(command.name == "stop" for command in waiting):
            self._stopped = True
            raise Stopped
        for command in waiting:
            try:
                if command.name == "set":
                    self._changed(loop, changes.set_all(loop, command.payload.get("changes")))
                elif command.name == "weight":
                    self._changed(loop, [changes.set_weight(loop, command.payload)])
                else:
                    paused = self.steering.take(command, loop, paused)
            except WrongInput as error:
                why = str(error)[:_LONGEST_WHY]  # it may repeat what came
                self.state["refused"] = {"what": command.name, "why": why, "time": time.time()}
                self.events.add("mark", loop.step, text=f"refused: {why}")
        if waiting:
            self.to_disk(self.events.flush)
        return paused

    def _changed(self, loop: Loop, made: list[changes.Record]) -> None:
        """Write down what was changed; a checkpoint of this very step is out of date with it."""
        for record in made:
            self.changes.append(record)
            self.events.add("change", **record)
        self.state |= {"refused": None, "epochs": loop.epochs, "steps": loop.steps}
        self._saved = None
        self.moments.changed()
        self._rationed("snapshot", lambda: self._remember(loop))

    def _repeat(self, loop: Loop) -> None:
        """While steps are taken again: make the changes again that were made at this step."""
        while self.to_repeat and self.to_repeat[0]["step"] <= loop.step:
            record = self.to_repeat.pop(0)
            told = record["step"] <= self._first_step  # before the resume: its record still counts
            if not changes.repeat(loop, record):
                continue
            self.changes.append(record)
            if not told:
                self.events.add("change", **record)
            self._saved = None

    def _keep_pace(self, loop: Loop) -> None:
        """In slow motion: wait until the next step may be taken, with an ear for what is asked meanwhile."""
        while (left := self.steering.wait(loop)) > 0:
            if self.terminate or self.steering.news():
                self._obey(loop)
            if time.monotonic() >= self._full_look:
                self._full_look = time.monotonic() + LOOK_EVERY
                self.still_there()
            rest = time.monotonic()
            time.sleep(min(left, _REST))
            self._waited += time.monotonic() - rest  # as little training time as a pause

    def _ask_for_next(self, loop: Loop, again: float) -> None:
        """Tell the loop when to come again: after one step where a moment wants to compare two."""
        loop.longest = 1 if again == 0.0 else self._longest(loop)
        self.next_look = 0.0 if loop.longest else time.monotonic() + GLANCE_EVERY

    def _longest(self, loop: Loop) -> int | None:
        longest = self.steering.stretch(loop)
        if not self.to_repeat:
            return longest
        left: int = self.to_repeat[0]["step"] - loop.step
        return min(left, longest or left)

    def _pause(self, loop: Loop, asked: bool = False) -> None:
        """Wait, and obey meanwhile. `asked`: by a pause, not by the end of the steps that were asked for."""
        began = time.monotonic()
        self.collect(loop)
        if asked or self._due("checkpoint", at_least=1.0):
            self.checkpoint(loop)
        if asked:
            self._marked = True
            self.events.add("mark", loop.step, text="paused")
        self.to_disk(self.events.flush)
        self.moments.last(loop)
        self.state["status"] = "paused"
        self._write_state(loop)
        scan, paused = 0.0, True
        while paused:
            if self.terminate or self.steering.news() or time.monotonic() >= scan:
                scan = time.monotonic() + _SCAN
                self.still_there()
                waiting = self.run.commands()
                paused = self._take(loop, waiting, paused)
                if waiting and paused:
                    self.moments.last(loop)
                    self._write_state(loop)
            if paused:
                time.sleep(_REST)
        self._since += time.monotonic() - began  # a pause is no training time
        self.moments.budget.begin()
        self.state["status"] = "running"
        if self.steering.until_step is None:
            self._write_state(loop)
            if self._marked:
                self._marked = False
                self.events.add("mark", loop.step, text="resumed")

    def _remember(self, loop: Loop) -> None:
        if not finite(tensor for weights in loop.parameters.values() for tensor in weights):
            raise Diverged(loop.step)
        if self._exploded() and time.monotonic() - self._last.get("good", 0.0) < _PATIENCE:
            self._newest = None  # finite still, but no moment to go back to
            return
        self._last["good"] = time.monotonic()
        now = loop.capture(outputs=False).cloned()
        now.facts["changes"] = list(self.changes)
        self.good = self._newest or (self.good if self.good.tensors else now)
        self._newest = now

    def _exploded(self) -> bool:
        """Whether the loss is far worse than at the beginning."""
        loss = self.state.get("metrics", {}).get("train", {}).get("loss")
        first = self._first_loss
        return loss is not None and first is not None and first > 0 and loss > _EXPLODED * first

    def keep_good(self, loop: Loop) -> int:
        """Keep the last sound moment on disk, so that one can go back to it; its step. For a run that broke down."""
        newest = next(iter(self.checkpoints.steps()), -1)
        step = int(self.good.facts["step"])
        if newest >= step:
            return newest  # none is written of spoilt weights
        self.to_disk(lambda: self.checkpoints.save(step, self.good, budget=loop.training.history << 20))
        return step

    def _progress(self, loop: Loop) -> None:
        now = time.monotonic()
        here, done = now - self._since - self._waited, loop.step - self._first_step
        loop.seconds = self._before + here
        pace = here / done if done else None
        left = max(pace, 1 / self.steering.pace if self.steering.pace else 0.0) if pace is not None else None
        self.state |= {
            "epoch": loop.epoch,
            "step": loop.step,
            "seconds": round(loop.seconds, 3),
            "seconds_left": round(left * (loop.steps - loop.step), 1) if left is not None else None,
            "pace": self.steering.pace,
            "pace_seconds": self.steering.pace_seconds,
            "examples_per_second": round(loop.batches.used / loop.steps_per_epoch / pace, 1) if pace else None,
        }

    def _write_state(self, loop: Loop) -> None:
        self._progress(loop)
        self._rationed("state", lambda: self.to_disk(lambda: self.run.write_state(self.state)))

    def _due(self, what: str, at_least: float = 0.0, at_most: float = math.inf) -> bool:
        """Whether so much time has passed since the last time that once more costs next to nothing; at the latest
        after `at_most` seconds."""
        if what not in self._last:
            return True
        passed = time.monotonic() - self._last[what]
        return passed >= min(max(at_least, self._cost.get(what, 0.0) * _SPARE[what]), at_most)

    def _rationed(self, what: str, work: Callable[[], object]) -> None:
        began = self._clock()
        work()
        self._last[what] = time.monotonic()
        self._cost[what] = self._clock() - began  # without the time in which the machine worked for others
