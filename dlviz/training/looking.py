"""Looking: takes moments of a training while it goes, within a small budget of its time.

Called between two steps. It looks at copies, with chance of its own, so that nothing it does changes the course.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor

from dlviz.core.files import write_bytes
from dlviz.core.frames import Frame, pack
from dlviz.core.values import Category, Value
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Scene, Stage, Weights, weights_of
from dlviz.probes.shown import shown
from dlviz.probes.targets import target_of
from dlviz.training.budget import Budget, known
from dlviz.training.folder import RunFolder
from dlviz.training.moments import EXAMPLES, Moments
from dlviz.training.signals import FILE, SignalLog

if TYPE_CHECKING:
    from dlviz.training.loop import Loop

#: Seconds between two moments at least.
EVERY = 0.25
#: How long the first and the last moment may take, in seconds, whatever the budget says: a run has both.
FIRST, LAST = 0.06, 0.25
#: What several probes share, and its share of the time for looking: it is paid once a moment.
SHARED = {"passed": 3.0, "seen": 1.0, "judged": 1.0}

ToDisk = Callable[[Callable[[], object]], None]


class Looking:
    """Asks the probes whose turn it is, and keeps what they saw."""

    def __init__(self, run: RunFolder, to_disk: ToDisk, budget: Budget | None = None) -> None:
        self.moments = Moments(run.path / "moments")
        self.signals = SignalLog(run.path / FILE)
        self.budget = budget or Budget()
        self.to_disk = to_disk
        self.probes: dict[str, Probe] = {}
        self.absent: dict[str, str] = {}
        self._stage: Stage | None = None
        self._previous: dict[str, Frame] = {}
        self._next = 0.0
        self._armed: tuple[int, Weights, list[str]] | None = None
        self._taken: int | None = None

    def begin(self, loop: Loop) -> None:
        """Before the first step: get ready, and keep how the networks begin."""
        self.to_disk(lambda: self.moments.overtaken(loop.step))
        self._prepare(loop)
        if loop.step not in self.moments.steps():
            self._within(loop, FIRST)
        if not (self.moments.folder / EXAMPLES).exists():
            with self.budget.looking():
                self._keep_examples(loop)
        self.budget.begin()

    def look(self, loop: Loop, otherwise: float) -> float:
        """Between two steps: take a moment if the budget allows. When to call again: `otherwise`, or 0, at once after
        one single step, where the weights of one step ago are wanted."""
        if self._armed is not None:
            step, before, chosen = self._armed
            self._armed = None
            self._take(loop, chosen, before if loop.step == step + 1 else None)
            return otherwise
        if time.monotonic() < self._next or self._stage is None:
            return otherwise
        chosen = self.budget.choose({name: probe.needs for name, probe in self.probes.items()})
        if not chosen:
            return otherwise
        if any(self.probes[name].compares for name in chosen if name in self.probes):
            with self.budget.looking(*chosen):
                self._armed = loop.step, weights_of(loop.networks), chosen
            return 0.0
        self._take(loop, chosen)
        return otherwise

    def last(self, loop: Loop) -> None:
        """At the end, outside of the budget, but quick: keep how the networks ended."""
        self.budget.rest()
        if self._taken != loop.step and self._stage is not None:
            self._within(loop, LAST)

    def _prepare(self, loop: Loop) -> None:
        graphs = loop.spec.networks or {}
        roles = loop.task.roles(loop.fields)
        with loop.own_chance("moments"), self.budget.looking():
            self._stage = Stage(loop.task, loop.networks, graphs, roles, loop.data)
            scene = self._scene(loop)
            for kind in Probe.kinds().values():
                probe, name = kind(), kind.name()
                try:
                    reason = probe.why_not(scene)
                except Exception as error:
                    reason = _failed(error)
                if reason is None:
                    self.probes[name] = probe
                    self.budget.enter(name, probe.share, probe.guess or 0.002)
                else:
                    self.absent[name] = reason
            for name in {name for probe in self.probes.values() for name in probe.needs}:
                self.budget.enter(name, SHARED[name])
        for name in self.probes:
            for step in reversed(self.moments.steps()[-20:]):  # a run that goes on: its pictures go on, too
                if (frame := self.moments.frame(step, name)) is not None:
                    self._previous[name] = frame
                    break

    def _keep_examples(self, loop: Loop) -> None:
        """Keep the validation examples that frames speak of by their number, once."""
        assert self._stage is not None
        index = self._stage.judged.rows.numpy()
        try:
            pictures, texts = shown(loop.data, index)
        except Exception:  # what is shown of data is as manifold as data; without it a run still goes on
            traceback.print_exc()
            return
        arrays = {"index": index} | ({"picture": pictures} if pictures is not None else {})
        arrays |= target_of(self._scene(loop), index)
        kinds = [kind for kind in loop.fields.targets.values() if isinstance(kind, Category)]
        meta = {"texts": texts, "names": list(kinds[0].names) if kinds else [], "chosen": self._stage.chosen}
        content = pack(Frame("examples", 0, 0.0, meta, arrays))
        self.to_disk(lambda: write_bytes(self.moments.folder / EXAMPLES, content))

    def _within(self, loop: Loop, seconds: float) -> None:
        """A moment outside of the budget: the cheapest first, until the time is over."""
        names = known(self.probes, self.budget)
        rest = [name for name in self.probes if name not in names and self.probes[name].guess is None]
        end = time.monotonic() + seconds
        self._take(loop, [*names, *sorted(rest, key=lambda name: len(self.probes[name].needs))], until=end)

    def _take(
        self, loop: Loop, chosen: Sequence[str], before: Weights | None = None, outputs: Tensor | None = None,
        views: dict[str, Value] | None = None, until: float | None = None,
    ) -> None:  # fmt: skip
        """Ask these probes and keep what they saw."""
        assert self._stage is not None
        self._next = time.monotonic() + EVERY
        frames: list[Frame] = []
        signals: dict[str, float] = {}
        with self.budget.looking(*(name for name in chosen if name in self.budget.accounts)):
            with loop.own_chance("moments"):
                self._stage.follow()
                scene = self._scene(loop, before, outputs)
                for name in chosen:
                    late = until is not None and time.monotonic() + self.budget.accounts[name].cost > until
                    if name in self.probes and not late:
                        self._ask(name, scene, frames, signals)
                for name, seconds in scene.shared.items():
                    self.budget.spend(name, seconds)
            if not frames and not views:
                return
            self._previous |= {frame.probe: frame for frame in frames}
            there = {frame.probe for frame in frames}
            skipped = self.absent | {name: self.budget.sentence(name) for name in self.probes if name not in there}
            self.to_disk(lambda: self.moments.write(loop.step, scene.epoch, frames, views or {}, skipped))
            self.signals.put(loop.step, scene.epoch, signals)
            self.to_disk(self.signals.flush)
            self._taken = loop.step

    def _ask(self, name: str, scene: Scene, frames: list[Frame], signals: dict[str, float]) -> None:
        """One probe's turn. One that fails is not asked again; the training goes on."""
        began, shared = time.monotonic(), scene.shared_seconds
        try:
            frame = self.probes[name].look(scene)
            signals |= self.probes[name].signals(scene)
        except Exception as error:
            traceback.print_exc()
            self.absent[name] = _failed(error)
            del self.probes[name]
            self.budget.leave(name)
            return
        if frame is not None:
            frames.append(frame)
        self.budget.spend(name, time.monotonic() - began - (scene.shared_seconds - shared))

    def _scene(self, loop: Loop, before: Weights | None = None, outputs: Tensor | None = None) -> Scene:
        assert self._stage is not None
        return Scene(self._stage, loop.step, loop.time, before, outputs, self._previous)


def _failed(error: Exception) -> str:
    first: Any = (str(error).strip().splitlines() or [""])[0][:200]
    return f"It could not be drawn: {type(error).__name__}: {first}"
