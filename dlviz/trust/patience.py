"""Patience: how long a trial may take, kept by the calls with which it tells how far it is.

Time in which the machine works for others does not count, or a crowded machine would try less; but nobody waits
without end: by the wall all trials together may take `CROWDED` times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from time import monotonic

from dlviz.explainers.explainer import Step
from dlviz.training.own_time import own_time

CROWDED = 3


class OutOfPatience(BaseException):
    """The time of a trial is up. No `Exception`: a library that swallows those must not swallow this."""


def clock() -> Callable[[], float]:
    """Seconds from now on: this thread's own, or by the wall a `CROWDED` part of them, where that is more."""
    own, began = own_time(), monotonic()
    first = own()
    return lambda: max(own() - first, (monotonic() - began) / CROWDED)


class Patience:
    """A `step` that raises `OutOfPatience` once `seconds` have passed, by the clock `now`, since it was made. It tells
    `step` how far the trials are as a whole: this one begins where `before` of 1 is done, and is `share` of it."""

    def __init__(
        self, now: Callable[[], float], seconds: float, step: Step, before: float = 0.0, share: float = 1.0
    ) -> None:
        self._now, self._ends, self._step = now, now() + seconds, step
        self._before, self._share = before, share

    def __call__(self, done: float, of: float) -> None:
        self._step(self._before + self._share * min(1.0, done / of if of else 1.0), 1.0)
        if self.left < 0:
            raise OutOfPatience

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self._ends - self._now()


def left(step: Step) -> float:
    """Seconds in which `step` will not raise."""
    return step.left if isinstance(step, Patience) else inf
