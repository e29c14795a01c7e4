"""Drift: whether steps have become slower for a while, as they do when other work comes to the machine, or whether that
work has gone."""

from __future__ import annotations

from dlviz.training import machine

#: Seconds of steps that are looked at together, how much slower they must be, how many such spans in a row, and how
#: many seconds of steps lie between two alarms at least.
SPAN, SLOWER, SPANS, PAUSE = 4.0, 1.5, 2, 60.0


class Drift:
    """Told what every stretch took; says now and then that another number of threads may serve better: steps are
    clearly slower than they have been, or the machine is no longer busy with other work."""

    def __init__(self) -> None:
        self._examples, self._seconds = 0, 0.0
        self._best = 0.0
        self._slow = 0
        self._quiet = self._unseen = 0.0
        self._busy: bool | None = None  # runs of a moment never ask

    def slower(self, examples: int, seconds: float) -> bool:
        """Take note of a stretch; True: it is time to choose anew."""
        self._examples += examples
        self._seconds += seconds
        if self._seconds < SPAN:
            return False
        pace = self._seconds / self._examples
        self._quiet += self._seconds
        self._unseen += self._seconds
        self._examples, self._seconds = 0, 0.0
        self._best = min(self._best or pace, pace)
        self._slow = self._slow + 1 if pace > SLOWER * self._best else 0
        freed = self._freed()
        if not freed and (self._slow < SPANS or self._quiet < PAUSE):
            return False
        self._slow, self._quiet, self._best = 0, 0.0, 0.0
        return True

    def _freed(self) -> bool:
        """Whether the machine was busy when it was last looked at, and is no more."""
        if self._busy is None or (self._busy and self._unseen >= PAUSE):
            was, self._busy, self._unseen = self._busy, machine.busy(), 0.0
            return was is True and not self._busy
        return False
