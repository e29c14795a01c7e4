"""Batches whose size is found by measurement: large ones pay on tiny networks and cost on large pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array
from dlviz.explainers.explainer import Step

#: Numbers in one batch of inputs at most: the layers' outputs take some hundred times as much memory.
NUMBERS = 2**20
MOST = 8192


def largest(example: Tensor) -> int:
    """The most copies of `example` (*shape) that one batch may hold."""
    return max(1, min(MOST, NUMBERS // max(1, example.numel())))


class Batches:
    """Cuts work into batches and doubles their size while that makes an example at least a tenth cheaper.

    The work itself is what is timed, so nothing is computed in vain.
    """

    def __init__(self, most: int, first: int = 16) -> None:
        self.size = min(first, most)
        self._most = most
        self._best = float("inf")
        self._settled = False

    def __call__(self, count: int) -> Iterator[slice]:
        start = 0
        while start < count:
            stop = min(start + self.size, count)
            began = perf_counter()
            yield slice(start, stop)
            if stop - start == self.size and not self._settled:
                self._learn((perf_counter() - began) / self.size)
            start = stop

    def _learn(self, seconds: float) -> None:
        """Take in what one example of a full batch cost."""
        if seconds < 0.9 * self._best:
            self._best = seconds
            if 2 * self.size <= self._most:
                self.size *= 2
                return
        elif self.size > 1:
            self.size //= 2
        self._settled = True


@torch.no_grad()
def best_size(score: Callable[[Tensor], Tensor], example: Tensor, most: int) -> int:
    """The batch size, up to `most`, at which `score` costs least per example; for libraries that want it beforehand.

    `example` is (1, *shape). It takes a few forward passes.
    """
    most = min(most, largest(example[0]))
    score(example)  # the first call warms up and says nothing about the others
    best, best_cost, size = 1, float("inf"), 1
    while size <= most:
        batch = example.expand(size, *example.shape[1:]).contiguous()
        began = perf_counter()
        score(batch)
        cost = (perf_counter() - began) / size
        if cost > 0.9 * best_cost:
            break
        best, best_cost, size = size, cost, size * 4
    return best


@torch.no_grad()
def score_all(score: Callable[[Tensor], Tensor], inputs: Tensor, step: Step) -> Array:
    """The scores (N,) of many inputs (N, *shape) as float64."""
    scores = np.empty(len(inputs))
    for part in Batches(largest(inputs[0]))(len(inputs)):
        scores[part] = score(inputs[part]).double().numpy()
        step(part.stop, len(inputs))
    return scores
