"""Memory: a network's weights and its optimizer's state as flat buffers, seen by torch and by the kernel alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlviz.training.kernel.plan import ADAGRAD, ADAM, ADAMW, OPTIMIZERS, RMSPROP, SGD, Plan

Floats = NDArray[np.float32]

#: Each weight begins at a multiple of so many numbers, and a batch is filled up to one: the widest register there is.
ALIGNED = 16
#: The names of what torch's optimizers remember for each weight, in the order of the kernel's m1, m2, m3.
_NAMES: dict[int, tuple[str, ...]] = {
    SGD: ("momentum_buffer",),
    ADAM: ("exp_avg", "exp_avg_sq", "max_exp_avg_sq"),
    ADAMW: ("exp_avg", "exp_avg_sq", "max_exp_avg_sq"),
    RMSPROP: ("square_avg", "grad_avg", "momentum_buffer"),
    ADAGRAD: ("sum",),
}


class Memory:
    """The flat buffers. Weights stand first, biases behind them (from `weights` on): penalties are for the former."""

    def __init__(self, plan: Plan, optimizer: torch.optim.Optimizer, parts: int = 1) -> None:
        """`parts`: how many gradients each weight has."""
        self.optimizer, self.kind = optimizer, OPTIMIZERS[type(optimizer)]
        linears = plan.linears
        self.parameters: list[Tensor] = [linear.weight for linear in linears]
        self.weights = sum(_room(weight) for weight in self.parameters)
        self.parameters += [linear.bias for linear in linears if linear.bias is not None]
        self._at: dict[int, int] = {}
        end = 0
        for weight in self.parameters:
            self._at[id(weight)] = end
            end += _room(weight)
        self._flat = torch.zeros(end)
        self.p: Floats = self._flat.numpy()
        self.g: Floats = np.zeros(parts * end, np.float32)
        self._weights = [(weight, *self._view(self._flat, weight)) for weight in self.parameters]
        self._names: tuple[str, ...] | None = None
        self._states: list[tuple[Tensor, list[tuple[str, Tensor, int]]]] = []
        self._counts: Floats = np.zeros(0, np.float32)
        self.state: list[Floats] = []

    def offsets(self, linear: nn.Linear) -> tuple[int, int]:
        """Where its weights and its biases begin; -1: it has no biases."""
        return self._at[id(linear.weight)], self._at[id(linear.bias)] if linear.bias is not None else -1

    def begin(self) -> float:
        """Make sure that torch's tensors are views of the buffers; the steps done so far (of SGD: whether any)."""
        names = self._remembered()
        if names != self._names:
            self._make_buffers(names)
        begun = 0.0
        with torch.no_grad():
            for weight, view, place in self._weights:
                if weight.data_ptr() != place:
                    view.copy_(weight)
                    weight.data = view
            for weight, views in self._states:
                state = self.optimizer.state[weight]
                begun = float(len(state) > 0)
                for name, view, place in views:
                    there = state.get(name)
                    if there is None:
                        view.zero_()
                    elif there.data_ptr() == place:
                        continue
                    else:
                        view.copy_(there)
                    state[name] = view
        return begun if self.kind == SGD else float(self._counts[0])

    def end(self, steps: int) -> None:
        """Count the steps where torch counts them."""
        self._counts += np.float32(steps)

    def _make_buffers(self, names: tuple[str, ...]) -> None:
        """New buffers for what the optimizer remembers: one for each name, and a count of steps for each weight."""
        self._names = names
        buffers = {name: torch.zeros_like(self._flat) for name in names}
        counts = torch.zeros(len(self.parameters))
        self._states = []
        for number, weight in enumerate(self.parameters):
            views = [(name, *self._view(buffer, weight)) for name, buffer in buffers.items()]
            if self.kind != SGD:  # torch files it first
                views.insert(0, ("step", counts[number], counts[number].data_ptr()))
            if views:
                self._states.append((weight, views))
        self._counts = counts.numpy()
        nothing = torch.zeros(0)
        self.state = [buffers.get(name, nothing).numpy() for name in (*_NAMES[self.kind], "", "")[:3]]

    def settings(self, group: dict[str, Any]) -> NDArray[np.float64]:
        """The optimizer's settings in the order in which the kernel reads them."""
        decay = group["weight_decay"]
        values: tuple[float, ...]
        if self.kind == SGD:
            values = (decay, group["momentum"], group["dampening"], group["nesterov"])
        elif self.kind in (ADAM, ADAMW):
            values = (decay, *group["betas"], group["eps"], group["amsgrad"])
        elif self.kind == RMSPROP:
            values = (decay, group["alpha"], group["eps"], group["momentum"], group["centered"])
        else:
            values = (decay, group["lr_decay"], group["eps"])
        return np.array(values, np.float64)

    def _remembered(self) -> tuple[str, ...]:
        """What this optimizer, with its settings, remembers."""
        group, names = self.optimizer.param_groups[0], _NAMES[self.kind]
        if self.kind == SGD:
            return names if group["momentum"] else ()
        if self.kind in (ADAM, ADAMW):
            return names if group["amsgrad"] else names[:2]
        if self.kind == RMSPROP:
            return (
                names[0],
                *((names[1],) if group["centered"] else ()),
                *((names[2],) if group["momentum"] else ()),
            )
        return names

    def _view(self, buffer: Tensor, weight: Tensor) -> tuple[Tensor, int]:
        """The part of a buffer that is one weight's, and its address."""
        at = self._at[id(weight)]
        view = buffer[at : at + weight.numel()].view(weight.shape)
        return view, view.data_ptr()


def _room(weight: Tensor) -> int:
    return -(-weight.numel() // ALIGNED) * ALIGNED
