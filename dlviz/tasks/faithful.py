"""How faithful reconstructions are: figures of whole parts from a few numbers an example.

Each example is told by a row of numbers (N, 4), all without a gradient: the mean squared error of its reconstruction;
the mean squared distance from the mean example of the training part; the squared error as a share of the training
part's range, as pictures are measured; KL(q(z|x) ‖ N(0, I)) in nats, 0 where no code is drawn.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dlviz.tasks.extent import Extent

ERROR, DISTANCE, SHARE, KL = range(4)


@torch.no_grad()
def rows(made: Tensor, clean: Tensor, extent: Extent, kl: Tensor | None = None) -> Tensor:
    """The rows (N, 4) of reconstructions `made` of the examples `clean`."""
    error = made.float() - clean
    share = error / (extent.high - extent.low)
    found = [each.flatten(1).square().mean(1) for each in (error, clean - extent.mean, share)]
    return torch.stack([*found, kl.detach() if kl is not None else torch.zeros_like(found[0])], 1)


class Faithful:
    """A figure of such rows. It has the calls of a torchmetrics metric without importing it."""

    higher_is_better = False

    def __init__(self, column: int = ERROR) -> None:
        self.column = column
        self.reset()

    def reset(self) -> None:
        self._rows: list[Tensor] = []

    def to(self, device: torch.device) -> Faithful:
        return self

    def update(self, rows: Tensor, _: Tensor) -> None:
        self._rows.append(rows)

    def compute(self) -> Tensor:
        return self.figure(torch.cat(self._rows).double().mean(0))

    def figure(self, mean: Tensor) -> Tensor:
        """From the mean row (4,)."""
        return mean[self.column]


class Explained(Faithful):
    """R²: the share of the differences between examples that the reconstruction keeps; 0 is what always giving the
    training part's mean example gets."""

    higher_is_better = True

    def figure(self, mean: Tensor) -> Tensor:
        return 1 - mean[ERROR] / mean[DISTANCE]


class SignalToNoise(Faithful):
    """PSNR in decibels: 10 · log10(range² / mean squared error). Every 10 more, the squared error is a tenth."""

    higher_is_better = True

    def figure(self, mean: Tensor) -> Tensor:
        return -10 * mean[SHARE].log10()
