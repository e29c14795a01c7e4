"""Parts: calls of compiled code side by side. It holds no lock of Python's, so that threads really run at once.

They run in torch's own threads where those are OpenMP's: after each of its operations these keep their processor busy
for a while, waiting for the next, and a thread of ours would have to share it with them.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import torch

Call = Callable[[], None]


def side_by_side(*calls: Call) -> None:
    """All of them, the first in this thread or, where there are more than one, in any; back when all have ended. Raises
    what one of them raised."""
    team = _team()
    if len(calls) == 1:
        calls[0]()
    elif team is None:
        _in_threads(calls)
    else:
        _in_team(team, calls)


def _in_team(team: Any, calls: tuple[Call, ...]) -> None:
    waiting, raised = list(calls), list[BaseException]()

    def work(_: int | None) -> None:  # in each thread of the team; it may have fewer than were asked for
        while waiting:
            try:
                call = waiting.pop(0)
            except IndexError:  # another thread was first
                return
            try:
                call()
            except BaseException as error:  # nothing of Python's may go through OpenMP
                raised.append(error)

    team(_WORK(work), None, len(calls), 0)
    if raised:
        raise raised[0]


def _in_threads(calls: tuple[Call, ...]) -> None:
    others = [_helpers(os.getpid()).submit(call) for call in calls[1:]]
    try:
        calls[0]()
    finally:
        for each in others:
            each.result()


#: What an OpenMP thread calls: void (*)(void *).
_WORK = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


@cache
def _team() -> Any:
    """`GOMP_parallel` of the OpenMP that torch has loaded (GNU's; another has it for compatibility): it calls a
    function in so many threads and comes back when all have ended. None: torch has another, or none."""
    for place in _places():
        try:
            found = ctypes.CDLL(str(place), mode=os.RTLD_NOLOAD | os.RTLD_NOW).GOMP_parallel
        except (OSError, AttributeError):
            continue
        found.restype, found.argtypes = None, (_WORK, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint)
        return found
    return None


def _places() -> list[Path]:
    """Where torch keeps its OpenMP."""
    return sorted(Path(torch.__file__).parent.glob("lib/libgomp*.so*"))


@cache
def _helpers(process: int) -> ThreadPoolExecutor:
    """Threads that wait for work: to wake one takes a third of the time that starting one takes. A process that was
    forked has none of its parent's."""
    return ThreadPoolExecutor(os.cpu_count() or 2, thread_name_prefix="compiled")
