"""Parts: calls of compiled code side by side. It holds no lock of Python's, so that threads really run at once."""

from __future__ import annotations

import threading
from collections.abc import Callable


def side_by_side(*calls: Callable[[], None]) -> None:
    """All of them, each in a thread of its own but the first; back when all have ended."""
    others = [threading.Thread(target=call) for call in calls[1:]]
    for thread in others:
        thread.start()
    calls[0]()
    for thread in others:
        thread.join()
