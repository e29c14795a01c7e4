"""Retaken: steps of a run that are taken again, with the changes that were made on the way."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from torch import Tensor

from dlviz.training import changes
from dlviz.training.divergence import Diverged
from dlviz.training.evaluate import Figures
from dlviz.training.loop import Loop, Watcher


class Reached(Exception):
    """The last of the steps has been taken."""


class Retaken(Watcher):
    """Watches a training take its steps again: makes its changes again, stands still at each of `stops`, and ends it
    there with `Reached`, or with `Diverged` where it breaks down."""

    #: When it wants to look within a stretch (`time.monotonic`).
    glance: float = sys.float_info.max

    def __init__(self, stops: Sequence[int], to_repeat: Sequence[changes.Record]) -> None:
        self.stops, self.to_repeat = sorted(stops), list(to_repeat)
        self._loop: Loop | None = None
        self._at = -1  # the step of the last look

    def stands(self, loop: Loop) -> None:
        """Called at one of `stops`, before changes of that step are made."""

    def goes_on(self, loop: Loop) -> None:
        """Called whenever there are steps to take still."""

    @property
    def next_look(self) -> float:  # type: ignore[override]
        """After every stretch, but not within one: `loop.step` counts on when a stretch is over."""
        return 0.0 if self._loop is not None and self._loop.step > self._at else self.glance

    def begin(self, loop: Loop) -> None:
        self._loop = loop
        self.look(loop)

    def look(self, loop: Loop) -> None:
        self.collect(loop)
        if loop.step in self.stops:
            self.stands(loop)
        while self.to_repeat and self.to_repeat[0]["step"] <= loop.step:
            changes.repeat(loop, self.to_repeat.pop(0))
        ahead = [step for step in self.stops if step > loop.step]
        if not ahead:
            raise Reached
        loop.longest = min([ahead[0], *(record["step"] for record in self.to_repeat[:1])]) - loop.step
        self._at = loop.step
        self.goes_on(loop)

    def collect(self, loop: Loop) -> None:
        _, bad = loop.meter.collect()
        if bad is not None:
            raise Diverged(bad)

    def epoch_ended(self, loop: Loop, figures: Figures, outputs: Tensor | None) -> None:
        self.look(loop)
