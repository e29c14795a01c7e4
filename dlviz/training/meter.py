"""Meter: what the losses and outputs of the training steps add up to.

Losses stay tensors until `collect`, so that no step waits for a number; the sums depend on the order of the steps
alone and not on when they were collected, so a seed gives the same records to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dlviz.datasets.data import Batch

#: At most this many numbers of outputs an epoch are kept for the training metrics.
_KEPT_NUMBERS = 4_000_000


@dataclass
class Window:
    """The mean losses over the steps up to and with `step`."""

    step: int
    lr: float
    losses: dict[str, float]


class Mean:
    """A running mean per role."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}
        self.counts: dict[str, int] = {}

    def add(self, role: str, value: float) -> None:
        self.sums[role] = self.sums.get(role, 0.0) + value
        self.counts[role] = self.counts.get(role, 0) + 1

    def values(self) -> dict[str, float]:
        return {role: total / self.counts[role] for role, total in self.sums.items()}

    def document(self) -> dict[str, Any]:
        return {"sums": self.sums, "counts": self.counts}

    @classmethod
    def parse(cls, document: dict[str, Any]) -> Mean:
        mean = cls()
        mean.sums, mean.counts = dict(document["sums"]), dict(document["counts"])
        return mean


class Meter:
    """Gathers losses per window of steps and per epoch, and outputs per epoch."""

    def __init__(self, window: int, targets: Sequence[str], steps_per_epoch: int) -> None:
        self.window, self.targets, self.steps_per_epoch = window, tuple(targets), steps_per_epoch
        self.epoch = Mean()
        self._open = Mean()
        self._waiting: list[tuple[int, list[tuple[str, Tensor]], float | None]] = []
        self._outputs: list[Tensor] = []
        self._targets: list[list[Tensor]] = []
        self._stride = 0  # 0: not known before the first outputs

    def add(self, step: int, losses: list[tuple[str, Tensor]], lr: float | None) -> None:
        """Take the losses of a step, by role; `lr` is given where `step` closes a window."""
        self._waiting.append((step, losses, lr))

    def keep(self, step: int, outputs: Tensor, batch: Batch) -> None:
        """Take the outputs of a step for the metrics of its epoch (in very long epochs: of every k-th step)."""
        if not self._stride:
            self._stride = max(1, math.ceil(outputs.numel() * self.steps_per_epoch / _KEPT_NUMBERS))
        if step % self._stride == 0:
            self._outputs.append(outputs.detach() if outputs.requires_grad else outputs)
            self._targets.append([batch[name] for name in self.targets])

    def collect(self) -> tuple[list[Window], int | None]:
        """The windows closed since the last call, and the first step whose loss is not a finite number."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return [], None
        tensors = [value.float() for _, losses, _ in waiting for _, value in losses]
        numbers = iter(torch.stack(tensors).tolist() if tensors else [])
        windows: list[Window] = []
        for step, losses, lr in waiting:
            for role, _ in losses:
                value = next(numbers)
                if not math.isfinite(value):
                    return windows, step
                self.epoch.add(role, value)
                self._open.add(role, value)
            if lr is not None:
                windows.append(Window(step, lr, self._open.values()))
                self._open = Mean()
        return windows, None

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
