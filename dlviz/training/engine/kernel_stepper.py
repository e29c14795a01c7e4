"""The kernel's stepper: whole stretches of a small fully connected network in one call of compiled code."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from dlviz.training import kernel, machine
from dlviz.training.batches import Stretch
from dlviz.training.engine.eager import lay
from dlviz.training.kernel.mlp import parts_of
from dlviz.training.kernel.threads import Threads

if TYPE_CHECKING:
    from dlviz.training.loop import Loop

#: About how long one call should take, in seconds: a watcher waits for its end.
_CALL = 0.01
#: About how long a step takes: a constant, and the arithmetic of its three products of each layer, on full registers.
_STEP, _OPERATIONS_PER_SECOND = 1e-6, 4e10


class KernelStepper:
    """Hands stretches to `MlpKernel`, which works on the loop's own weights and optimizer. It leaves no gradients."""

    def __init__(self, loop: Loop) -> None:
        """Raises `kernel.Declined` where `why_not` has a sentence."""
        self.loop, self.networks = loop, loop.networks
        (self.role,), (self.input,), (self.target,) = loop.networks, loop.fields.inputs, loop.fields.targets
        lay(loop)
        self._make()

    @staticmethod
    def why_not(loop: Loop) -> str | None:
        """Why the kernel cannot serve this training, in a sentence."""
        if loop.device.type != "cpu":
            return "The kernel computes on the processor, and this run is on a GPU."
        if len(loop.networks) != 1 or len(loop.fields.inputs) != 1 or len(loop.fields.targets) != 1:
            return "The kernel trains one network with one input and one target."
        (role,), (name,) = loop.networks, loop.fields.inputs
        column = loop.batches.examples.columns[name]
        if column.dtype != torch.float32:
            return "The kernel takes numbers as inputs, and these are not."
        return kernel.why_not(
            loop.networks[role], loop.task, loop.optimizers[role], loop.regularizers, column.shape[1:]
        )

    @staticmethod
    def threads(loop: Loop) -> int:
        """How many threads can share a batch: as many as parts are worth it, if the settings and the machine allow."""
        wanted, (network,) = loop.training.threads, loop.networks.values()
        parts = parts_of(network.modules(), loop.training.batch_size)
        return parts if (machine.cores() if wanted == "auto" else wanted) >= parts else 1

    def take(self, stretch: Stretch, measured: bool) -> int:
        loop, steps = self.loop, stretch.steps
        columns = stretch.columns
        if stretch.changes:
            batches = list(stretch)
            columns = {name: torch.cat([batch[name] for batch in batches]) for name in columns}
        first, rates = loop.step + 1, self._rates(steps)
        inputs, targets = columns[self.input], columns[self.target]
        threads, began = self._threads.next(), time.perf_counter()
        losses, outputs = self._kernel.run(inputs, targets, stretch.size, rates, measured, stretch.epochs, threads)
        self._threads.took(threads, (time.perf_counter() - began) / steps)
        closes = {
            step: (stretch.time(step + 1 - first), float(rates[step - first]))
            for step in loop.meter.closing(first, steps)
        }
        loop.meter.add_stretch(first, self.role, torch.from_numpy(losses), closes)
        if outputs is not None:
            loop.meter.keep_stretch(first, outputs, columns, stretch.size)
        return steps

    def changed(self) -> None:
        lay(self.loop)
        self._make()

    def _make(self) -> None:
        loop = self.loop
        shape = loop.batches.examples.columns[self.input].shape[1:]
        optimizer = loop.optimizers[self.role]
        self._kernel = kernel.MlpKernel(loop.networks[self.role], loop.task, optimizer, loop.regularizers, shape)
        self._threads = Threads(self.threads(loop))
        for scheduler in loop.schedulers.values():
            scheduler.optimizer._opt_called = True  # type: ignore[attr-defined]  # it asks whether torch has stepped
        step_seconds = _STEP + 3 * loop.flops * loop.training.batch_size / _OPERATIONS_PER_SECOND
        self.longest: int | None = max(1, int(_CALL / step_seconds))

    def _rates(self, steps: int) -> NDArray[np.float64]:
        """The learning rate of each of the next steps; the schedules are then as far."""
        group, schedulers = self.loop.optimizers[self.role].param_groups[0], self.loop.schedulers
        rates = np.full(steps, group["lr"], np.float64)
        if schedulers:
            for number in range(steps):
                rates[number] = group["lr"]
                for scheduler in schedulers.values():
                    scheduler.step()
        return rates
