"""The training loop: epochs of stretches of steps; what is measured, kept and told stands around them.

How a step is computed is the engine's (`engine/eager.py` has it as a textbook writes it).
"""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from dlviz.datasets.data import Batch, Data
from dlviz.optimization.regularizers.regularizer import Regularizer
from dlviz.tasks.task import Loss
from dlviz.training import checkpoint
from dlviz.training.batches import Batches, Stretch, derived_seed
from dlviz.training.buckets import buckets
from dlviz.training.checkpoint import Snapshot
from dlviz.training.engine.choose import choose
from dlviz.training.engine.drift import Drift
from dlviz.training.engine.eager import Eager
from dlviz.training.engine.make import make
from dlviz.training.engine.plan import Choice, Plan, Precision
from dlviz.training.engine.stepper import Stepper
from dlviz.training.engine.timing import threads_anew
from dlviz.training.evaluate import Figures, evaluate, loss_figures, measure
from dlviz.training.in_flight import InFlight
from dlviz.training.meter import Meter
from dlviz.training.spec import Spec
from dlviz.training.stopping import Best
from dlviz.training.upload import placed

#: At most so many `train` records a run gets: enough for every pixel of a curve.
POINTS = 2000
#: Of a run with more epochs than this, tiny epochs are not each measured.
EPOCH_POINTS = 100
#: What an epoch should take at least to be measured each time, in seconds, and about what a step takes: a constant for
#: torch's calls, and the arithmetic. Rough, and the same on every machine: what is recorded must not hang on its speed.
_TINY_EPOCH, _CALLS, _OPERATIONS_PER_SECOND = 0.2, 2e-4, 2e10


class Watcher:
    """Whoever looks at a training while it goes. The loop calls; what it does changes the course only by
    `loop.change`."""

    #: The time (`time.monotonic`) from which on `look` wants to be called.
    next_look: float = math.inf
    #: After how many epochs it wants to be told that they ended, at most, where they are not measured and so short that
    #: one call of the engine takes several.
    epochs_at_once: int = 1

    def begin(self, loop: Loop) -> None:
        """Called once before the first step."""

    def look(self, loop: Loop) -> None:
        """Called between two steps of an epoch, when `next_look` has passed. Here settings may be changed
        (`loop.change`), single steps be asked for (`loop.longest = 1`), and as much time be spent as one likes."""

    def collect(self, loop: Loop) -> None:
        """Called when all steps of an epoch are done, before it is measured: fetch the losses from the meter."""
        loop.meter.collect()

    def ran_otherwise(self, loop: Loop, why: str) -> None:
        """Called when the steps are computed in another way from here on (`loop.choice`), with the reason."""

    def epoch_ended(self, loop: Loop, figures: Figures, outputs: Tensor | None) -> None:
        """Called after each epoch (or after several, see `epochs_at_once`) with its figures (none: it was not measured)
        and the outputs for the validation part."""


class Loop:
    """Trains the networks of a completed spec.

    Where it stands: `epoch` and `position` (in that epoch's examples) of the next step, `step` done. What may be
    changed while it trains: `change`. `networks[role]` are the weights at every look, whatever computes the steps.
    """

    def __init__(
        self, spec: Spec, data: Data, networks: Mapping[str, nn.Module], device: torch.device, watcher: Watcher,
        flops: float = 0.0,
    ) -> None:  # fmt: skip
        """`flops`: the operations of one example's forward pass, through all networks."""
        assert spec.task and spec.optimization and spec.training
        self.spec, self.task, self.flops = spec, spec.task, flops
        #: The settings as they are now; a change in flight replaces them.
        self.training, self.recipe = spec.training, spec.optimization
        self.data, self.fields, self.device, self.watcher = data, data.fields, device, watcher
        self.networks = networks
        train = placed(data.train, device)
        self.validation = placed(data.validation, device)
        self.random = torch.Generator(device).manual_seed(derived_seed(spec.seed, "changes"))
        found = buckets(self.task, networks, data.train, self.fields)
        self.batches = Batches(
            train, self.training.batch_size, spec.seed, device=device, lengths=found.lengths if found else None
        )
        #: A batch as the network is to see it: without steps that are padding in all its texts.
        self.trimmed: Callable[[Batch], Batch] = found.trimmed if found else _whole
        self.epoch = self.position = self.step = 0
        self.parameters = {role: list(network.parameters()) for role, network in networks.items()}
        self.optimizers = {role: self.recipe.optimizer.make(weights) for role, weights in self.parameters.items()}
        self.schedulers: dict[str, torch.optim.lr_scheduler.LRScheduler] = {}
        self.regularizers: list[Regularizer] = []  # those that change gradients
        self.in_flight = InFlight(self)
        self.in_flight.set_regularizers()
        self.in_flight.set_schedules()
        made = {part: self.task.metrics(self.fields) for part in ("train", "validation")}
        made["train"] = {name: one for name, one in made["train"].items() if getattr(one, "while_training", True)}
        self.metrics = made
        for metrics in self.metrics.values():
            for metric in metrics.values():
                metric.to(device)
        window = max(1, math.ceil(self.steps / POINTS))
        self.meter = Meter(window, tuple(self.fields.targets), self.steps_per_epoch)
        self.best = Best(self.training.early_stopping, self.task, self.metrics["validation"])
        self.measure_every = 1
        if self.training.early_stopping is None:
            step_seconds = _CALLS + 3 * flops * self.training.batch_size / _OPERATIONS_PER_SECOND
            tiny = math.ceil(_TINY_EPOCH / (step_seconds * self.steps_per_epoch))
            self.measure_every = min(math.ceil(self.epochs / EPOCH_POINTS), tiny)
        self.seconds = 0.0  # of training before this process
        precision: Precision = "bfloat16" if self.training.precision == "bfloat16" else "float32"
        #: How steps are computed, and why so; chosen when the training begins, or by the checkpoint that was put in.
        self.plan, self.choice = Plan(threads=torch.get_num_threads(), precision=precision), Choice(Plan())
        self.chosen = False
        self.stepper: Stepper = Eager(self)
        #: How many steps are taken between two looks at most, when a watcher wants fewer than the engine.
        self.longest: int | None = None

    @property
    def epochs(self) -> int:
        return self.training.epochs

    @property
    def steps_per_epoch(self) -> int:
        """Of an epoch that has the present batch size from its beginning."""
        return self.batches.steps

    @property
    def steps(self) -> int:
        """How many steps there are in all, as far as one knows: those done and those to come."""
        return self.step + self.steps_left

    @property
    def steps_left(self) -> int:
        if self.epoch >= self.epochs:
            return 0
        here = -(-max(0, self.batches.end(self.epoch) - self.position) // self.batches.size)
        return here + (self.epochs - self.epoch - 1) * self.steps_per_epoch

    @property
    def time(self) -> float:
        """How many epochs have passed."""
        return self.epoch + self.position / self.batches.end(self.epoch)

    def train(self) -> None:
        """Train from where it stands to the last epoch, or until early stopping has waited long enough."""
        for network in self.networks.values():
            network.train()
        batches, watcher, clock, drift = self.batches, self.watcher, time.monotonic, Drift()
        self._set_out()
        watcher.begin(self)
        while self.epoch < self.epochs and not self.best.waited_enough:
            measured = self.measured(self.epoch)
            if not measured and (together := self._together()) is not None:
                began = clock()
                self.step += self.stepper.take(together, False)
                self.epoch, self.position = self.epoch + together.epochs - 1, together.of
                drift.slower(together.epochs * together.of, clock() - began)
            while (stretch := batches.stretch(self.epoch, self.position, self._longest())) is not None:
                began = clock()
                taken = self.stepper.take(stretch, measured)
                self.step += taken
                self.position = stretch.after(taken)
                now = clock()
                if drift.slower(taken * stretch.size, now - began):
                    self._choose_anew()
                if now >= watcher.next_look and self.position < stretch.of:
                    watcher.look(self)
            self._end_epoch(measured)

    def _set_out(self) -> None:
        """Choose how steps are computed, where no checkpoint says it, and get ready for it."""
        if self.chosen and self.choice.plan.suits(self.training):
            try:
                self._use(self.choice)
                return
            except Exception as error:  # another machine, perhaps without a compiler
                print(f"Not as the checkpoint says ({error}); chosen anew.")
        self._use(choose(self))

    def _choose_anew(self) -> None:
        """Other work has come to this machine: see whether another number of threads serves better now."""
        if self.training.precision == "auto" and self.training.threads == "auto" and self.plan.engine == "eager":
            found = threads_anew(self, self.choice)
            if found is not None:
                self._use(found)
                self.watcher.ran_otherwise(self, found.because[-1])

    def _use(self, choice: Choice) -> None:
        self.plan = choice.plan
        torch.set_num_threads(choice.plan.threads)
        self.stepper = make(self)
        self.choice, self.chosen = choice, True

    def plainly(self, why: str) -> None:
        """Go on with plain steps after this one: the engine failed. Called by a stepper between two steps."""
        because = [text for text in self.choice.because if "kernel" not in text]
        self._use(Choice(replace(self.plan, engine="eager"), because, [*self.choice.declined, why]))
        self.watcher.ran_otherwise(self, why)

    @property
    def expected_seconds(self) -> float:
        """About how long the rest takes step by step: rough, and the same on every machine."""
        step = _CALLS + 3 * self.flops * self.training.batch_size / _OPERATIONS_PER_SECOND
        return self.steps_left * step

    @staticmethod
    def silent() -> Watcher:
        """A watcher that never looks."""
        return Watcher()

    def change(self, path: str, value: Any) -> tuple[Any, Any]:
        """Change a setting from the next step on; what it was and what it is. `WrongInput` says why it cannot be.

        Paths are those of a spec: `optimization.optimizer.<number>`, `optimization.regularizers.<n>.<number>`,
        `training.batch_size`, `training.epochs`. To be called from `look`. What was changed is part of `capture`, so a
        resumed training has it; schedules keep their shape over what is left of the run.
        """
        return self.in_flight.change(path, value)

    def _longest(self) -> int | None:
        wanted = (self.longest or sys.maxsize, self.stepper.longest or sys.maxsize)
        return None if min(wanted) == sys.maxsize else min(wanted)

    def _together(self) -> Stretch | None:
        """The next epochs that are not measured, where one call of the engine takes them and nobody looks between."""
        if self.position or self.plan.engine != "kernel":
            return None
        unmeasured = min(self.measure_every - 1 - self.epoch % self.measure_every, self.epochs - 1 - self.epoch)
        many = min(self.watcher.epochs_at_once, (self._longest() or sys.maxsize) // self.steps_per_epoch, unmeasured)
        return self.batches.whole(self.epoch, many) if many > 1 else None

    def measured(self, epoch: int) -> bool:
        """Whether the figures of this epoch (0, 1, …) are worked out: of each, unless there are hundreds of tiny ones,
        which would spend more on being measured than on learning. It follows from the spec alone."""
        return (epoch + 1) % self.measure_every == 0 or epoch + 1 == self.epochs

    def _end_epoch(self, measured: bool) -> None:
        """Measure both parts, compare with the best, and tell."""
        self.watcher.collect(self)
        figures: Figures = {}
        outputs = None
        if measured:
            train = self.train_figures()
            with self.own_chance("validation"):
                metrics = self.metrics["validation"]
                # as it trains, but exactly: pooling first and channels last give the same answers in half the time
                validation, outputs = evaluate(
                    self.task, self.stepper.networks, self.validation, metrics, self.fields, self.as_asked,
                    self.trimmed,
                )  # fmt: skip
            self.best.consider(validation, self.step, self.networks)
            figures = {f"train.{name}": value for name, value in train.items()}
            figures |= {f"validation.{name}": value for name, value in validation.items()}
        self.meter.next_epoch()
        self.epoch, self.position = self.epoch + 1, 0
        self.watcher.epoch_ended(self, figures, outputs)

    def train_figures(self) -> Figures:
        """The mean losses of this epoch's steps and the metrics of their outputs, as the network learned."""
        figures = loss_figures(self.meter.epoch.values())
        together = self.meter.outputs()
        if together is not None and self.metrics["train"]:
            figures |= measure(self.task, self.metrics["train"], *together, self.fields)
        return figures

    def under_precision(self, losses: Iterable[Loss]) -> Iterable[Loss]:
        """The same losses, computed in the precision of the steps (what happens between them is not touched)."""
        return losses if self.plan.precision == "float32" else _in_bfloat16(losses, self.device.type)

    def as_asked(self, losses: Iterable[Loss]) -> Iterable[Loss]:
        """The same losses, computed as the spec asks: for what is measured. Exactly, unless bfloat16 is asked for."""
        return losses if self.training.precision != "bfloat16" else _in_bfloat16(losses, self.device.type)

    @contextlib.contextmanager
    def own_chance(self, use: str) -> Iterator[None]:
        """Inside, torch's global chance is seeded for this use; afterwards it goes on as if nothing had been."""
        before = {name: state.clone() for name, state in checkpoint.random_state(self.device)}
        for generator in checkpoint.generators(self.device).values():  # torch.manual_seed costs 2 ms without a GPU
            generator.manual_seed(derived_seed(self.spec.seed, use))
        try:
            yield
        finally:
            checkpoint.set_random_state(before, self.device)

    def capture(self, outputs: bool = True) -> Snapshot:
        """Everything that decides how it goes on (the meter's sums need a `collect` before), not copied."""
        snapshot = Snapshot()
        for role, network in self.networks.items():
            checkpoint.put_network(snapshot, role, network)
        for role, optimizer in self.optimizers.items():
            checkpoint.put_optimizer(snapshot, role, optimizer)
        snapshot.put("random", dict(checkpoint.random_state(self.device)))
        snapshot.put("random", {"changes": self.random.get_state()})
        tensors, meter = self.meter.capture() if outputs else ({}, None)
        snapshot.put("meter", tensors)
        snapshot.facts |= {
            "epoch": self.epoch,
            "position": self.position,
            "settings": self.in_flight.facts(),
            "engine": {"plan": self.plan.document(), **self.choice.told()} if self.chosen else None,
            "step": self.step,
            "seconds": self.seconds,
            "schedules": {role: checkpoint.schedule_facts(made) for role, made in self.schedulers.items()},
            "meter": meter,
            **self.best.facts(),
        }
        return snapshot

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to the moment of a snapshot."""
        facts = snapshot.facts
        self.epoch, self.position, self.step = facts["epoch"], _position(facts, self.batches.size), facts["step"]
        self.in_flight.restore(facts.get("settings"))
        for role, network in self.networks.items():
            network.load_state_dict(snapshot.get(f"networks/{role}"))
        for role, optimizer in self.optimizers.items():
            checkpoint.get_optimizer(snapshot, role, optimizer)
        for role, scheduler in self.schedulers.items():
            checkpoint.set_schedule(scheduler, facts["schedules"][role])
        random = snapshot.get("random")
        checkpoint.set_random_state(random, self.device)
        self.random.set_state(random["changes"])
        self.seconds = facts["seconds"]
        if facts["meter"] is not None:
            self.meter.restore(snapshot.get("meter"), facts["meter"])
        self.best.restore(facts)
        choice = Choice.parse(facts.get("engine"))
        if choice is not None:
            self.choice, self.chosen = choice, True
        self.stepper.changed()


def _position(facts: Mapping[str, Any], size: int) -> int:
    """Checkpoints of before batch sizes could change count in batches."""
    return int(facts["position"]) if "position" in facts else int(facts["batch"]) * size


def _whole(batch: Batch) -> Batch:
    return batch


def _in_bfloat16(losses: Iterable[Loss], device: str) -> Iterator[Loss]:
    # casts are not remembered: between two losses the weights change
    waiting = iter(losses)
    while True:
        with torch.autocast(device, torch.bfloat16, cache_enabled=False):
            loss = next(waiting, None)
        if loss is None:
            return
        yield loss
