"""The eager stepper: the loop as a textbook writes it.

for batch: for loss in task.losses(networks, batch): zero_grad, backward, step
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from torch import nn

from dlviz.training.batches import Stretch

if TYPE_CHECKING:
    from dlviz.training.loop import Loop


class Eager:
    """Calls torch step by step. It serves every task, and leaves the last step's gradients in `.grad`."""

    longest: int | None = None

    def __init__(self, loop: Loop) -> None:
        self.loop = loop

    def take(self, stretch: Stretch, measured: bool) -> int:
        loop = self.loop
        losses, networks, fields, under = loop.task.losses, loop.networks, loop.fields, loop.under_precision
        optimizers, parameters, regularizers = loop.optimizers, loop.parameters, loop.regularizers
        meter, window, watcher, clock = loop.meter, loop.meter.window, loop.watcher, time.monotonic
        schedulers, first = list(loop.schedulers.values()), loop.step + 1
        step = loop.step
        lr = next(iter(optimizers.values())).param_groups[0]
        for batch in stretch:
            step += 1
            told = []
            for loss in under(losses(networks, batch, fields)):
                zero_grad(parameters[loss.role])
                loss.value.backward()
                for regularizer in regularizers:
                    regularizer.gradients(parameters[loss.role])
                optimizers[loss.role].step()
                told.append((loss.role, loss.value.detach()))
                if measured and loss.outputs is not None:
                    meter.keep(step, loss.outputs, batch)
            closes = (stretch.time(step + 1 - first), lr["lr"]) if step % window == 0 else None
            meter.add(step, told, closes)
            for scheduler in schedulers:
                scheduler.step()
            if clock() >= watcher.next_look:
                break
        return step - loop.step

    def changed(self) -> None:
        pass


def zero_grad(parameters: Iterable[nn.Parameter]) -> None:
    """Forget the gradients, as `optimizer.zero_grad()` does; its profiling hooks cost a tiny network 3 % of a step."""
    for weight in parameters:
        weight.grad = None
