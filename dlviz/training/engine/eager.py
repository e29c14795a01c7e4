"""The eager stepper: the loop as a textbook writes it.

for batch: for loss in task.losses(networks, batch): zero_grad, backward, step
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import nn

from dlviz.tasks.task import Networks
from dlviz.training.batches import Stretch
from dlviz.training.engine.own_lstm import own_lstm
from dlviz.training.engine.twin import pooled_first

if TYPE_CHECKING:
    from dlviz.training.loop import Loop


class Eager:
    """Calls torch step by step. It serves every task, and leaves the last step's gradients in `.grad`."""

    longest: int | None = None

    def __init__(self, loop: Loop) -> None:
        """Lays the weights as the loop's plan says, in place."""
        self.loop = loop
        twins = {role: pooled_first(network) for role, network in loop.networks.items()} if loop.plan.pool_first else {}
        if loop.plan.fused:
            from dlviz.training.engine.pooled import fused  # numba only where it is used

            for made in filter(None, twins.values()):
                fused(made)
        self.networks: Networks = {role: twins.get(role) or network for role, network in loop.networks.items()}
        if loop.plan.own_lstm:
            self.networks = {role: own_lstm(network) or network for role, network in self.networks.items()}
        lay(loop)

    def take(self, stretch: Stretch, measured: bool) -> int:
        loop = self.loop
        losses, networks, fields, under = loop.task.losses, self.networks, loop.fields, loop.under_precision
        optimizers, parameters, regularizers = loop.optimizers, loop.parameters, loop.regularizers
        meter, window, watcher, clock = loop.meter, loop.meter.window, loop.watcher, time.monotonic
        trimmed = loop.trimmed
        schedulers, step = list(loop.schedulers.values()), loop.step
        lr = next(iter(optimizers.values())).param_groups[0]
        for batch in stretch:
            step += 1
            told = []
            for loss in under(losses(networks, trimmed(batch), fields)):
                zero_grad(parameters[loss.role])
                loss.value.backward()
                for regularizer in regularizers:
                    regularizer.gradients(parameters[loss.role])
                optimizers[loss.role].step()
                told.append((loss.role, loss.value.detach()))
                if measured and loss.outputs is not None:
                    meter.keep(step, loss.outputs, batch)
            meter.add(step, told, (stretch.time(step - loop.step), lr["lr"]) if step % window == 0 else None)
            for scheduler in schedulers:
                scheduler.step()
            if clock() >= watcher.next_look:
                break
        return step - loop.step

    def changed(self) -> None:
        lay(self.loop)


def lay(loop: Loop) -> None:
    """Lay the weights of convolutions, and what optimizers remember of them, in memory as the plan says."""
    last = loop.plan.layout == "channels_last"
    wanted = torch.channels_last if last else torch.contiguous_format
    for role, weights in loop.parameters.items():
        if any(weight.dim() == 4 for weight in weights):
            loop.networks[role].to(memory_format=wanted)  # type: ignore[call-overload]
        for weight, state in loop.optimizers[role].state.items():
            for name, tensor in state.items():
                if isinstance(tensor, torch.Tensor) and tensor.shape == weight.shape:
                    if tensor.stride() != weight.stride():  # a fused step goes through both as they lie
                        state[name] = torch.empty_like(weight).copy_(tensor)


def zero_grad(parameters: Iterable[nn.Parameter]) -> None:
    """Forget the gradients, as `optimizer.zero_grad()` does; its profiling hooks cost a tiny network 3 % of a step."""
    for weight in parameters:
        weight.grad = None
