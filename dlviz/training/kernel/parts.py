"""Parts: calls of compiled code side by side. It holds no lock of Python's, so that threads really run at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache


def side_by_side(*calls: Callable[[], None]) -> None:
    """All of them, the first in this thread; back when all have ended. Raises what one of them raised."""
    others = [_helpers(os.getpid()).submit(call) for call in calls[1:]]
    try:
        calls[0]()
    finally:
        for each in others:
            each.result()


@cache
def _helpers(process: int) -> ThreadPoolExecutor:
    """Threads that wait for work: to wake one takes a third of the time that starting one takes. A process that was
    forked has none of its parent's."""
    return ThreadPoolExecutor(os.cpu_count() or 2, thread_name_prefix="compiled")
