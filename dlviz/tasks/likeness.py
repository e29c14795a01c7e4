"""How good made examples are: are they like real ones, and are all kinds of real ones made?

Measured by nearest neighbours: the ball about a real example that reaches to its k-th nearest real neighbour is where
the real ones live. Kynkäänniemi et al. 2019 (precision), Naeem et al. 2020 (coverage).
"""

from __future__ import annotations

import torch
from torch import Tensor

#: How many neighbours a ball reaches to, and how many examples are compared at most: all pairs are.
NEIGHBOURS, COMPARED = 5, 2000


class Likeness:
    """A figure of (made, real): made (N, d), real (N, d+1) with the class as its last number.

    It has the calls of a torchmetrics metric without importing it.
    """

    higher_is_better = True

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._made: list[Tensor] = []
        self._real: list[Tensor] = []

    def to(self, device: torch.device) -> Likeness:
        return self

    def update(self, made: Tensor, real: Tensor) -> None:
        self._made.append(made)
        self._real.append(real)

    def compute(self) -> Tensor:
        real = torch.cat(self._real)[:COMPARED].float()
        made = torch.cat(self._made)[:COMPARED].float()
        points, classes = real[:, :-1], real[:, -1].long()
        # the nearest "neighbour" of a point is itself, so one more is looked for
        k = min(NEIGHBOURS + 1, len(points))
        radius = torch.cdist(points, points).kthvalue(k, dim=1).values  # (real,)
        distance = torch.cdist(made, points)  # (made, real)
        return self.figure(distance, distance <= radius, classes)

    def figure(self, distance: Tensor, inside: Tensor, classes: Tensor) -> Tensor:
        """From the distances (made, real), whether each made one is in the ball of each real one, and the classes."""
        raise NotImplementedError


class Precision(Likeness):
    """The share of made examples that lie where real ones live."""

    def figure(self, distance: Tensor, inside: Tensor, classes: Tensor) -> Tensor:
        return inside.any(1).float().mean()


class Coverage(Likeness):
    """The share of real examples that have a made one in their ball."""

    def figure(self, distance: Tensor, inside: Tensor, classes: Tensor) -> Tensor:
        return inside.any(0).float().mean()


class Modes(Likeness):
    """The share of classes that are made: good examples nearest to the class are at least a tenth as frequent among
    the made ones as the class is among the real ones."""

    def figure(self, distance: Tensor, inside: Tensor, classes: Tensor) -> Tensor:
        count = int(classes.max()) + 1
        good = inside.any(1)
        made = torch.bincount(classes[distance.argmin(1)][good], minlength=count) / len(distance)
        real = torch.bincount(classes, minlength=count) / len(classes)
        there = real > 0
        return (made >= 0.1 * real)[there].float().mean()
