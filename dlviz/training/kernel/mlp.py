"""MlpKernel: many training steps of a small fully connected network in one call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.optimization.regularizers.regularizer import Regularizer
from dlviz.tasks.task import Task
from dlviz.training.kernel import compiling
from dlviz.training.kernel.memory import ALIGNED, Memory
from dlviz.training.kernel.plan import CLASSES, OPTIMIZERS, SOFT, Declined, Plan, plan, regularizer_codes

Floats = NDArray[np.float32]

#: Weights times examples of a batch from which a batch is cut into two parts, which two threads may take.
_PARTS_FROM = 2e6
#: How many parts that is.
PARTS = 2


def why_not(
    network: nn.Module, task: Task, optimizer: torch.optim.Optimizer, regularizers: Sequence[Regularizer],
    shape: Sequence[int],
) -> str | None:  # fmt: skip
    """Why the kernel cannot train this, in a sentence; None: it can. Nothing is compiled or changed.

    `shape` is that of one example; `regularizers` those that change gradients (others are passed over)."""
    try:
        plan(network, task, optimizer, regularizers, shape)
    except Declined as reason:
        return str(reason)
    return None


def parts_of(layers: Iterable[nn.Module], batch_size: int) -> int:
    """Into how many parts each batch is cut: as many threads can work on it. It follows from the sizes alone."""
    weights = sum(layer.weight.numel() for layer in layers if isinstance(layer, nn.Linear))
    return PARTS if weights * batch_size >= _PARTS_FROM else 1


class MlpKernel:
    """Trains a network's own weights with its own optimizer's memory. Raises `Declined` where `why_not` would.

    The weights become views of one flat buffer (the `nn.Parameter`s stay the same objects), and so does the state of
    the torch optimizer, which stays whole between two calls: checkpoints, `optimizer.step()` and this class can
    follow each other in any order. Settings of the optimizer are read at each call from its `param_groups`, those
    of regularizers from `regularizers`, which may be replaced.
    """

    def __init__(
        self, network: nn.Module, task: Task, optimizer: torch.optim.Optimizer, regularizers: Sequence[Regularizer],
        shape: Sequence[int],
    ) -> None:  # fmt: skip
        self.plan: Plan = plan(network, task, optimizer, regularizers, shape)
        self.optimizer, self.regularizers = optimizer, tuple(regularizers)
        self._train = compiling.train()
        self._memory = Memory(self.plan, optimizer, PARTS)
        self._stages, self._settings, self._places = self._table()
        self._room = self._many = 0
        self._helper: ThreadPoolExecutor | None = None

    def run(
        self, inputs: Tensor, targets: Tensor, batch_size: int, lrs: NDArray[np.float64], outputs: bool = False,
        epochs: int = 1, threads: int = 1,
    ) -> tuple[Floats, Tensor | None]:  # fmt: skip
        """Train on `inputs` (n, …) float32 and `targets`, `batch_size` examples a step, in their order.

        `targets`: class indices (n,) int64, probabilities (n, classes) float32, or numbers (n,) float32. `lrs` holds
        the learning rate of each of the ceil(n / batch_size) steps; of several `epochs`, one after the other and of the
        same size, those of each. Gives the losses (steps,), and, if asked for,
        what the network answered to each example as it learned: logits (n, classes), or numbers (n,) in the
        target's units. Gradients are not kept: `.grad` stays as it was.

        `threads`: how many work on it at most; their number changes no bit.
        """
        n = len(inputs)
        rows = inputs.detach().reshape(n, -1).contiguous().numpy()
        classes, numbers, loss_kind, wide = self._targets(targets, n)
        each = n // epochs
        if rows.shape[1] != self._stages[0, 1] or n % epochs or len(lrs) != -(-each // batch_size) * epochs:
            raise WrongInput(f"{n} examples of {rows.shape[1]} numbers do not make {len(lrs)} steps of {batch_size}.")
        parts = parts_of(self.plan.linears, batch_size)
        self._make_room(min(batch_size, n), parts)
        memory, group = self._memory, self.optimizer.param_groups[0]
        settings = memory.settings(group)
        done = memory.begin()
        codes = regularizer_codes(self.regularizers)
        losses = np.empty(len(lrs) * parts, np.float32)
        answers = np.empty(n * wide if outputs else 0, np.float32)
        weights, units = self.plan.class_weights, self.plan.units
        arguments = (
            rows, classes, numbers, weights.numpy() if weights is not None else _NONE, loss_kind,
            np.array([units.mean, units.std], np.float32) if units is not None else _NONE,
            self._stages, self._settings, memory.p, memory.g, *memory.state, memory.weights,
            OPTIMIZERS[type(self.optimizer)], settings, done, np.ascontiguousarray(lrs, np.float64),
            np.array([code for code, _ in codes], np.int64), np.array([value for _, value in codes], np.float64),
            batch_size, each, self._values, self._deltas, self._top, self._spare, losses, answers, parts,
        )  # fmt: skip
        self._call(arguments, parts if threads >= parts else 1)
        losses = losses.reshape(-1, parts).sum(1) if parts > 1 else losses
        memory.end(len(lrs))
        if not outputs:
            return losses, None
        given = torch.from_numpy(answers)
        return losses, given.reshape(n, wide) if loss_kind in (CLASSES, SOFT) else given

    def _call(self, arguments: tuple[Any, ...], threads: int) -> None:
        """Take the steps, with one thread or with one for each part."""
        gate = np.zeros(1, np.int64)
        if threads == 1:
            self._train(*arguments, -1, gate)
            return
        if self._helper is None:
            self._helper = ThreadPoolExecutor(threads - 1, thread_name_prefix="kernel")
        others = []
        try:
            for me in range(1, threads):
                others.append(self._helper.submit(self._train, *arguments, me, gate))
        except RuntimeError:  # the system gives no more threads
            self._train(*arguments, -1, gate)
            return
        self._train(*arguments, 0, gate)
        for other in others:
            other.result()

    def _targets(self, targets: Tensor, n: int) -> tuple[NDArray[np.int64], Floats, int, int]:
        """Class indices, numbers, the kind of loss, and how many numbers an answer has."""
        wide = int(self._stages[-1, 2])
        array: NDArray[Any] = targets.detach().contiguous().numpy()
        if self.plan.loss != CLASSES:
            if array.shape != (n,) or wide != 1:
                raise WrongInput(f"A number for each of {n} examples is needed. Received: shape {array.shape}.")
            return _NO_CLASSES, array.astype(np.float32, copy=False), self.plan.loss, 1
        if array.dtype.kind == "f":
            if array.shape != (n, wide):
                raise WrongInput(f"{n}×{wide} probabilities are needed. Received: shape {array.shape}.")
            return _NO_CLASSES, array.astype(np.float32, copy=False).reshape(-1), SOFT, wide
        if array.shape != (n,) or (n and not 0 <= array.min() <= array.max() < wide):
            raise WrongInput(f"One of {wide} classes is needed for each of {n} examples.")
        return array.astype(np.int64, copy=False), _NONE, CLASSES, wide

    def _table(self) -> tuple[NDArray[np.int64], NDArray[np.float32], int]:
        """The stages as the compiled code reads them, and how many units there are in all."""
        rows, settings, at = [], [], 0
        for stage in self.plan.stages:
            weight, bias = self._memory.offsets(stage.linear) if stage.linear is not None else (0, -1)
            rows.append((stage.code, *stage.units, weight, bias, at, at + stage.units[0]))
            settings.append(stage.settings)
            at += stage.units[0]
        return np.array(rows, np.int64), np.array(settings, np.float32), at + self.plan.stages[-1].units[1]

    def _make_room(self, size: int, parts: int) -> None:
        stride = -(-size // (parts * ALIGNED)) * ALIGNED
        if stride > self._room or parts != self._many:
            self._room, self._many = stride, parts
            self._values = np.zeros(parts * self._places * stride, np.float32)
            self._deltas = np.zeros(parts * self._places * stride, np.float32)
            self._top, self._spare = np.zeros(parts * stride, np.float32), np.zeros(parts * stride, np.float32)


_NONE = np.empty(0, np.float32)
_NO_CLASSES = np.empty(0, np.int64)
