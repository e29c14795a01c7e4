"""Own time: a clock that stands still while this thread is ready to work but the machine works for others.

On a crowded machine the same work takes several times as long by the wall, and a look, which is short, may catch all of
a wait or none. Waiting for a disk counts, and so does sleeping.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

#: Linux: nanoseconds on a processor, nanoseconds waiting for one, turns (Documentation/scheduler/sched-stats.rst).
_FILE = "/proc/thread-self/schedstat"


def own_time() -> Callable[[], float]:
    """A clock in seconds for the thread that asks for it; where the system does not tell, `time.monotonic`."""
    try:
        file = os.open(_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return time.monotonic
    return Clock(file)


class Clock:
    """Reads the open file; gives it back when nobody needs it any more."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._last = 0.0

    def __call__(self) -> float:
        try:
            waited = int(os.pread(self._file, 128, 0).split()[1]) * 1e-9
        except (OSError, ValueError, IndexError):
            waited = 0.0
        self._last = max(self._last, time.monotonic() - waited)  # both are read one after the other
        return self._last

    def __del__(self) -> None:
        os.close(self._file)
