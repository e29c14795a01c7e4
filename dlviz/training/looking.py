"""Looking: takes moments of a training while it goes, within a small budget of its time.

Called between two steps. It looks at copies, with chance of its own, so that nothing it does changes the course.
"""

from __future__ import annotations

import copy
import time
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

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
#: Seconds after which the budget is asked again where it could not afford anything.
_ASK_AGAIN = 0.05
#: How long the first and the last moment may take, in seconds, whatever the budget says: a run has both.
FIRST, LAST = 0.06, 0.15
#: Signals are written no more often than this share of the time trained so far: a curve needs no more points.
_SIGNALS = 1 / 500
#: What several probes share, and its share of the time for looking: it is paid once a moment.
SHARED = {"passed": 3.0, "seen": 1.0, "judged": 1.0}
#: The names of two more that have a share: the task's own views, and what each moment costs to make and to write.
VIEWS, KEEPING = "views", "keeping"

ToDisk = Callable[[Callable[[], object]], None]


class Looking:
    """Asks the probes whose turn it is, and keeps what they saw."""

    def __init__(self, run: RunFolder, to_disk: ToDisk, budget: Budget | None = None) -> None:
        self.run = run
        self.moments = Moments(run.path / "moments")
        self.signals = SignalLog(run.path / FILE)
        self.budget = budget or Budget()
        self.to_disk = to_disk
        self.probes: dict[str, Probe] = {}
        self.absent: dict[str, str] = {}
        self._stage: Stage | None = None
        self._previous: dict[str, Frame] = {}
        self._next = self._next_views = self._next_signals = 0.0
        self._armed: tuple[int, Weights, list[str]] | None = None
        self._taken: int | None = None
        self._ended: tuple[Scene, list[Frame], dict[str, Value]] | None = None  # what the last moment saw
        self._told: set[str] = set()  # what could not be kept, so that the log has it once

    def begin(self, loop: Loop) -> None:
        """Before the first step: get ready, and keep how the networks begin."""
        self._keep(lambda: self.moments.overtaken(loop.step))
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
        if time.monotonic() < self._next or self._stage is None or self._taken == loop.step:
            return otherwise
        chosen = self.budget.choose(self._wanting())
        if not chosen:
            self._next = time.monotonic() + _ASK_AGAIN
            return otherwise
        if any(self.probes[name].compares for name in chosen if name in self.probes):
            with self.budget.looking(KEEPING, turn=True):
                self._armed = loop.step, weights_of(loop.networks), chosen
            return 0.0
        self._take(loop, chosen)
        return otherwise

    def epoch_ended(self, loop: Loop, outputs: Tensor | None, last: bool) -> None:
        """After an epoch whose validation part was measured, with the outputs for it: the task's own views, too, if it
        is their turn. The last epoch's moment is taken in any case."""
        if self._stage is None:
            return
        if last:
            self.last(loop, outputs)
        elif self._armed is not None or self._taken != loop.step:
            step, before, waiting = self._armed or (-1, None, [])
            now = time.monotonic()
            # they can come at the end of an epoch alone, so what came shortly before must not take their turn
            due = VIEWS not in self.absent and now >= self._next_views
            views: dict[str, Sequence[str]] = {VIEWS: (KEEPING,)} if due else {}
            chosen = self.budget.choose(views if waiting or now < self._next else views | self._wanting())
            if VIEWS in chosen:
                self._next_views = now + EVERY
                self._armed = None
                self._take(loop, [*waiting, *chosen], before if loop.step == step + 1 else None, outputs)

    def last(self, loop: Loop, outputs: Tensor | None = None) -> None:
        """At the end or in a pause, outside of the budget, but quick: keep how the networks stand."""
        self.budget.rest()
        if self._taken != loop.step and self._stage is not None:
            self._within(loop, LAST, outputs)

    def afterwards(self, loop: Loop) -> None:
        """When the run has ended: what takes so long that a short run never had the time for it (seconds). It is drawn
        from what the last moment saw, and kept with it."""
        if self._ended is None or self._ended[0].step != loop.step:
            return
        scene, frames, views = self._ended
        many, there = len(frames), {frame.probe for frame in frames}
        for name in [name for name, probe in self.probes.items() if probe.guess is not None and name not in there]:
            self._ask(name, scene, frames, {})
        if len(frames) > many:
            self._keep(lambda: self.moments.write(scene.step, scene.epoch, frames, views, self._skipped(frames)))

    def changed(self) -> None:
        """A weight was set by hand: what was seen at this step is no longer true."""
        self._taken, self._armed = None, None

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
            self.budget.enter(VIEWS, 2.0, 0.004)
            self.budget.enter(KEEPING, 4.0, 0.004)
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
        self._keep(lambda: write_bytes(self.moments.folder / EXAMPLES, content))

    def _wanting(self) -> dict[str, Sequence[str]]:
        return {name: (KEEPING, *probe.needs) for name, probe in self.probes.items()}

    def _within(self, loop: Loop, seconds: float, outputs: Tensor | None = None) -> None:
        """A moment outside of the budget: the cheapest first, until the time is over."""
        names = known([*self.probes, VIEWS], self.budget)
        rest = [name for name in self.probes if name not in names and self.probes[name].guess is None]
        end = self.budget.clock() + seconds
        wanted = [*names, *sorted(rest, key=lambda name: len(self.probes[name].needs))]
        if outputs is None or not self.budget.accounts[VIEWS].known:
            wanted = [name for name in wanted if name != VIEWS] + ([VIEWS] if outputs is not None else [])
        self._take(loop, wanted, outputs=outputs, until=end)

    def _take(
        self, loop: Loop, chosen: Sequence[str], before: Weights | None = None, outputs: Tensor | None = None,
        until: float | None = None,
    ) -> None:  # fmt: skip
        """Ask these probes and keep what they saw."""
        assert self._stage is not None
        self._next = time.monotonic() + EVERY
        frames: list[Frame] = []
        signals: dict[str, float] = {}
        views: dict[str, Value] = {}
        with self.budget.looking(KEEPING, turn=True):
            with loop.own_chance("moments"):
                self._stage.follow()
                scene = self._scene(loop, before, outputs)
                for name in chosen:
                    late = until is not None and self.budget.clock() + self.budget.accounts[name].cost > until
                    if name in self.probes and not late:
                        self._ask(name, scene, frames, signals)
                    elif name == VIEWS and not late and name not in self.absent:
                        views = self._views(loop, outputs)
                for name, seconds in scene.shared.items():
                    self.budget.spend(name, seconds)
            if not frames and not views:
                return
            self._previous |= {frame.probe: frame for frame in frames}
            self._keep(lambda: self.moments.write(loop.step, scene.epoch, frames, views, self._skipped(frames)))
            self._ended = None
            if until is not None and any(probe.guess is not None for probe in self.probes.values()):
                self._ended = (scene, frames, views)
                _ = scene.judged  # worked out now: afterwards the best weights stand in the networks
            if views:
                self._keep(lambda: self.moments.show(loop.step, self.run.views))
            if time.monotonic() >= self._next_signals:
                self._next_signals = time.monotonic() + self.budget.trained * _SIGNALS
                self.signals.put(loop.step, scene.epoch, signals)
                self._keep(self.signals.flush)
            self._taken = loop.step

    def _skipped(self, frames: Sequence[Frame]) -> dict[str, str]:
        there = {frame.probe for frame in frames}
        return self.absent | {name: self.budget.sentence(name) for name in self.probes if name not in there}

    def _keep(self, write: Callable[[], object]) -> None:
        """Write; where that can never be, as something else has the name, go on without this picture."""
        try:
            self.to_disk(write)
        except OSError as error:
            if str(error) not in self._told:
                self._told.add(str(error))
                print(f"A picture could not be kept: {error}", flush=True)

    def _views(self, loop: Loop, outputs: Tensor | None) -> dict[str, Value]:
        """What the task draws of the validation part, from copies in the main memory."""
        assert self._stage is not None
        began = self.budget.clock()
        networks: dict[str, nn.Module] = self._stage.networks
        if loop.device.type != "cpu":
            networks = {role: copy.deepcopy(network).cpu() for role, network in networks.items()}
        try:
            with loop.own_chance("views"):
                shown = outputs.cpu() if outputs is not None else None
                return loop.task.views(networks, loop.data, "validation", shown)
        except Exception as error:
            traceback.print_exc()
            self.absent[VIEWS] = _failed(error)
            return {}
        finally:
            self.budget.spend(VIEWS, self.budget.clock() - began)

    def _ask(self, name: str, scene: Scene, frames: list[Frame], signals: dict[str, float]) -> None:
        """One probe's turn. One that fails is not asked again; the training goes on."""
        began, shared = self.budget.clock(), scene.shared_seconds
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
        self.budget.spend(name, self.budget.clock() - began - (scene.shared_seconds - shared))

    def _scene(self, loop: Loop, before: Weights | None = None, outputs: Tensor | None = None) -> Scene:
        assert self._stage is not None
        return Scene(self._stage, loop.step, loop.time, before, outputs, self._previous, self.budget.clock)


def _failed(error: Exception) -> str:
    first: Any = (str(error).strip().splitlines() or [""])[0][:200]
    return f"It could not be drawn: {type(error).__name__}: {first}"
