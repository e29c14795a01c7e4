"""How much memory is free for this process."""

from __future__ import annotations

from pathlib import Path

import psutil

#: Limits of the container, where there is one: (limit, used) of cgroup versions 2 and 1.
_LIMITS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def available_memory() -> int:
    """The bytes that are free: of the machine, and within the limit of the container."""
    free = int(psutil.virtual_memory().available)
    for limit, used in _LIMITS:
        try:
            free = min(free, int(Path(limit).read_text()) - int(Path(used).read_text()))
        except (OSError, ValueError):  # no such file, or `max`: no limit
            continue
    return max(free, 0)
