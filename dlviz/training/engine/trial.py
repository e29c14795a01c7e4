"""Trial: a few real steps of a training on copies of its networks, in another way. The course is never touched."""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from dlviz.training.engine.make import make
from dlviz.training.engine.plan import Plan, Precision
from dlviz.training.meter import Meter

if TYPE_CHECKING:
    from dlviz.training.loop import Loop


class Trial:
    """A copy of a loop: its own networks and optimizers, the loop's data from the beginning of the present epoch on.

    Nothing is left to chance: dropout is off in it, because it draws differently where numbers lie differently.
    """

    def __init__(self, loop: Loop, plan: Plan) -> None:
        self.loop, self.copy = loop, copy.copy(loop)
        networks = copy.deepcopy(dict(loop.networks))
        for module in (part for network in networks.values() for part in network.modules()):
            _without_chance(module)
        mine = self.copy
        mine.networks, mine.plan, mine.schedulers, mine.step = networks, plan, {}, 0
        mine.parameters = {role: list(network.parameters()) for role, network in networks.items()}
        mine.optimizers = {role: loop.recipe.optimizer.make(weights) for role, weights in mine.parameters.items()}
        mine.watcher = type(loop).silent()
        mine.meter = Meter(1, loop.meter.targets, loop.steps_per_epoch)
        for network in networks.values():
            network.train()
        self.start = [weight.detach().clone() for weights in mine.parameters.values() for weight in weights]
        mine.plainly = _failed  # type: ignore[method-assign]
        mine.stepper = make(mine)
        self.position = 0
        #: By which steps are timed.
        self.clock: Callable[[], float] = time.perf_counter

    def step(self, steps: int = 1) -> float:
        """Take so many steps; how long they took, in seconds. From time to time the data begin anew."""
        mine, began, left = self.copy, 0.0, steps
        with self._guarded():
            self._arrive()
            began = self.clock()
            while left:
                stretch = mine.batches.stretch(self.loop.epoch, self.position, left)
                if stretch is None:
                    self.position = 0
                    continue
                left -= (taken := mine.stepper.take(stretch, False))
                mine.step += taken
                self.position = stretch.after(taken)
            self._arrive()
            seconds = self.clock() - began
        return seconds

    def _arrive(self) -> None:
        """Wait until a GPU has done all that it was asked for: a call comes back before that."""
        if self.loop.device.type == "cuda":
            torch.cuda.synchronize(self.loop.device)

    def change(self, plan: Plan) -> None:
        """Go on in another way."""
        self.copy.plan = plan
        self.copy.stepper = make(self.copy)

    def losses(self) -> list[float]:
        """The losses of the steps so far since the last call, all roles in a row; the last may be no number."""
        windows, bad = self.copy.meter.collect()
        found = [value for window in windows for value in window.losses.values()]
        return found if bad is None else [*found, float("nan")]

    def moved(self) -> Tensor:
        """By how much the weights have changed since the beginning, as one row."""
        now = [weight.detach() for weights in self.copy.parameters.values() for weight in weights]
        return torch.cat([(a - b).flatten() for a, b in zip(now, self.start, strict=True)])

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        state = self.loop.random.get_state()
        with self.loop.own_chance("trial"):
            self.loop.random.manual_seed(0)
            try:
                yield
            finally:
                self.loop.random.set_state(state)


def plain(loop: Loop, plan: Plan) -> Plan:
    """What a plan is checked against: torch, exact (unless the spec asks for bfloat16), as it is drawn."""
    precision: Precision = "bfloat16" if loop.training.precision == "bfloat16" else "float32"
    return Plan("eager", plan.threads, precision)


def _failed(why: str) -> None:
    raise RuntimeError(why)


def _without_chance(module: nn.Module) -> None:
    if isinstance(module, nn.modules.dropout._DropoutNd):
        module.p = 0.0
    elif isinstance(module, nn.RNNBase):
        module.dropout = 0.0
    for hooks in (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks, module._backward_pre_hooks):
        hooks.clear()  # whoever listens to the network does not want to hear of its copies
