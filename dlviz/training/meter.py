"""Meter: what the losses and outputs of the training steps add up to.

Losses stay tensors until `collect`, so that no step waits for a number; the sums depend on the order of the steps
alone and not on when they were collected, so a seed gives the same records to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import torch
from torch import Tensor

from dlviz.datasets.data import Batch

#: At most this many numbers of outputs an epoch are kept for the training metrics.
_KEPT_NUMBERS = 4_000_000


@dataclass
class Window:
    """The mean losses over the steps up to and with `step`; `time`: how many epochs had passed then."""

    step: int
    time: float
    lr: float
    losses: dict[str, float]


class Mean:
    """A running mean per role."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}
        self.counts: dict[str, float] = {}

    def add(self, role: str, value: float) -> None:
        self.sums[role] = self.sums.get(role, 0.0) + value
        self.counts[role] = self.counts.get(role, 0) + 1

    def extend(self, role: str, values: Sequence[float]) -> None:
        """`add` each in turn: the sum does not hang on how the steps were cut into stretches."""
        self.sums[role] = reduce(add, values, self.sums.get(role, 0.0))
        self.counts[role] = self.counts.get(role, 0) + len(values)

    def values(self) -> dict[str, float]:
        return {role: total / self.counts[role] for role, total in self.sums.items()}

    def document(self) -> dict[str, Any]:
        return {"sums": self.sums, "counts": self.counts}

    @classmethod
    def parse(cls, document: dict[str, Any]) -> Mean:
        mean = cls()
        mean.sums, mean.counts = dict(document["sums"]), dict(document["counts"])
        return mean


#: The end of a window: (time, learning rate).
Close = tuple[float, float]


class Meter:
    """Gathers losses per window of steps and per epoch, and outputs per epoch."""

    def __init__(self, window: int, targets: Sequence[str], steps_per_epoch: int) -> None:
        self.window, self.targets, self.steps_per_epoch = window, tuple(targets), steps_per_epoch
        self.epoch = Mean()
        self._open = Mean()
        self._waiting: list[tuple[int, list[tuple[str, Tensor]], dict[int, Close]]] = []
        self._outputs: list[Tensor] = []
        self._targets: list[list[Tensor]] = []
        self._stride = 0  # 0: not known before the first outputs

    def add(self, step: int, losses: list[tuple[str, Tensor]], close: Close | None) -> None:
        """Take the losses of a step (scalars), by role; `close` is given where `step` closes a window."""
        self._waiting.append((step, losses, {step: close} if close else {}))

    def add_stretch(self, first: int, role: str, losses: Tensor, closes: dict[int, Close]) -> None:
        """Take the losses (steps,) of the steps from `first` on; `closes`: those that close a window."""
        self._waiting.append((first, [(role, losses)], closes))

    def closing(self, first: int, steps: int) -> range:
        """Which of so many steps from `first` on close a window."""
        return range(first + -first % self.window, first + steps, self.window)

    def keep(self, step: int, outputs: Tensor, batch: Batch) -> None:
        """Take the outputs of a step for the metrics of its epoch (in very long epochs: of every k-th step)."""
        self._set_stride(outputs.numel())
        if step % self._stride == 0:
            self._outputs.append(outputs.detach() if outputs.requires_grad else outputs)
            self._targets.append([batch[name] for name in self.targets])

    def keep_stretch(self, first: int, outputs: Tensor, columns: Batch, size: int) -> None:
        """The same for the outputs of several steps in a row, `size` examples each."""
        self._set_stride(outputs[:size].numel())
        if self._stride == 1:
            self._outputs.append(outputs)
            self._targets.append([columns[name] for name in self.targets])
            return
        for number, kept in enumerate(outputs.split(size)):
            begin = number * size
            self.keep(first + number, kept, {name: columns[name][begin : begin + size] for name in self.targets})

    def collect(self) -> tuple[list[Window], int | None]:
        """The windows closed since the last call, and the first step whose loss is not a finite number."""
        waiting, self._waiting = self._waiting, []
        single = [value for _, losses, _ in waiting for _, value in losses if not value.dim()]
        numbers = iter(torch.stack([value.float() for value in single]).tolist() if single else [])
        windows: list[Window] = []
        for first, losses, closes in waiting:
            if len(losses) == 1 and losses[0][1].dim():
                bad = self._take(first, losses[0][0], losses[0][1].tolist(), closes, windows)
                if bad is not None:
                    return windows, bad
                continue
            for role, _ in losses:
                value = next(numbers)
                if not math.isfinite(value):
                    return windows, first
                self.epoch.add(role, value)
                self._open.add(role, value)
            if closes:
                self._close(first, *closes[first], windows)
        return windows, None

    def _take(
        self, first: int, role: str, values: list[float], closes: dict[int, Close], windows: list[Window]
    ) -> int | None:
        """Sum up the losses of a stretch; the first step whose loss is no finite number."""
        if not math.isfinite(sum(values)):
            for number, value in enumerate(values):
                if not math.isfinite(value):
                    return first + number
        done = 0
        for step, close in closes.items():
            self._open.extend(role, values[done : step + 1 - first])
            self._close(step, *close, windows)
            done = step + 1 - first
        self._open.extend(role, values[done:])
        self.epoch.extend(role, values)
        return None

    def _close(self, step: int, time: float, lr: float, windows: list[Window]) -> None:
        windows.append(Window(step, time, lr, self._open.values()))
        self._open = Mean()

    def _set_stride(self, numbers: int) -> None:
        if not self._stride:
            self._stride = max(1, math.ceil(numbers * self.steps_per_epoch / _KEPT_NUMBERS))

    def outputs(self) -> tuple[Tensor, Batch] | None:
        """The outputs of this epoch's steps and their targets; None where the task gives none."""
        if not self._outputs:
            return None
        columns = zip(*self._targets, strict=True)
        return torch.cat(self._outputs), dict(zip(self.targets, map(torch.cat, columns), strict=True))

    def next_epoch(self) -> None:
        self.epoch = Mean()
        self._outputs, self._targets = [], []

    def capture(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """What stands in it, after `collect`, as tensors and plain values."""
        tensors: dict[str, Tensor] = {}
        together = self.outputs()
        if together is not None:
            tensors = {"outputs": together[0], **{f"target.{name}": column for name, column in together[1].items()}}
        return tensors, {"epoch": self.epoch.document(), "open": self._open.document(), "stride": self._stride}

    def restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        self.epoch, self._open = Mean.parse(facts["epoch"]), Mean.parse(facts["open"])
        self._stride, self._waiting = facts["stride"], []
        self._outputs = [tensors["outputs"]] if "outputs" in tensors else []
        self._targets = [[tensors[f"target.{name}"] for name in self.targets]] if self._outputs else []
