"""Threads: whether a second one helps just now. Both ways give the same bits, so a stopwatch may choose at any time."""

from __future__ import annotations

import math

#: So often the way that was slower is tried again, in calls, and how much a new time counts beside those before.
_AGAIN, _NEW = 32, 0.3


class Threads:
    """Times the calls with one thread and with several, and says how many the next should have."""

    def __init__(self, most: int) -> None:
        self._seconds = dict.fromkeys(sorted({1, max(1, most)}, reverse=True), math.nan)
        self._calls = 0

    def next(self) -> int:
        """The number of threads for the next call."""
        self._calls += 1
        for count, seconds in self._seconds.items():
            if math.isnan(seconds):
                return count
        best = min(self._seconds, key=self._seconds.__getitem__)
        if self._calls % _AGAIN:
            return best
        return next((count for count in self._seconds if count != best), best)

    def took(self, count: int, seconds: float) -> None:
        """A step took so long with so many threads."""
        before = self._seconds[count]
        self._seconds[count] = seconds if math.isnan(before) else before + _NEW * (seconds - before)
