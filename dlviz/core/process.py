"""Whether a process lives: told apart from a later one with the same number, also where the clock was set meanwhile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psutil

#: A moment since the system's start is told in ticks, a moment of the day as exactly as the clock is kept.
_SINCE_BOOT, _OF_DAY = 0.05, 2.0


def me() -> dict[str, Any]:
    """`{"pid", "pid_started"}` of this process, to leave word of itself."""
    return {"pid": os.getpid(), "pid_started": started(os.getpid())}


def started(pid: int) -> float | None:
    """When a process started, in a number that stays the same as long as it lives: seconds since the system's start
    where that is known (Linux), since 1970 elsewhere. None: there is none.

    Seconds since 1970 are worked out from the clock: once that is set, every process seems to be another.
    """
    try:
        return _since_boot(pid)
    except OSError:
        pass
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def alive(pid: Any, since: Any) -> bool:
    """Whether the process `pid` that started at `since` (see `started`) still lives; a zombie is dead."""
    if not isinstance(pid, int) or not 0 < pid < 2**31:
        return False
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if not isinstance(since, (int, float)):
            return True
        return abs((started(pid) or 0.0) - since) <= _SINCE_BOOT or abs(process.create_time() - since) <= _OF_DAY
    except psutil.Error:
        return False


def mine(pid: Any) -> bool:
    """Whether the process `pid` belongs to the user of this one: what this one may not write, that one may not."""
    try:
        return isinstance(pid, int) and bool(psutil.Process(pid).username() == psutil.Process().username())
    except (psutil.Error, KeyError, ValueError):
        return False


def _since_boot(pid: int) -> float:
    # the name in brackets may hold anything, so it is cut off first; the 22nd field is the 20th after it
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")
