"""The machine below a training: device, threads, memory allocator. Settled once, before the first operation."""

from __future__ import annotations

import ctypes
import os
import platform
import time
from typing import Literal

import torch

from dlviz.core.problems import WrongInput

#: Forward operations of one step below which a second thread costs more than it brings.
_ONE_THREAD_BELOW = 2e8
#: Forward operations of one step up to which compiled code of our own is faster than torch's matrix products.
KERNEL_BELOW = 5e7
#: How often one looks whether the machine is busy, and the seconds between.
_GLANCES, _BETWEEN = 8, 0.004
# glibc's names for mallopt, from <malloc.h>
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3


def settle() -> None:
    """Set what must be set before the first operation of a process that trains."""
    torch.set_flush_denormal(True)  # a nearly fitted network otherwise slows to a fifth
    _keep_memory()


def threads(flops_per_step: float) -> int:
    """How many threads serve a step with that many forward operations: the same spec on the same machine always
    gets the same number, because the number of threads decides the order of sums, and with it the last bits."""
    return 1 if flops_per_step < _ONE_THREAD_BELOW else cores()


def cores() -> int:
    """The processors that this process may use; `OMP_NUM_THREADS` can lower it."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(usable, int(asked))) if asked.isdigit() else usable


def busy() -> bool:
    """Whether other work leaves no second processor free just now."""
    others = _others()
    return others is not None and (os.cpu_count() or 1) - others < cores() - 0.5


def _others() -> float | None:
    """How many threads of all programs but this one want to compute, in the mean over some hundredths of a second; None
    where the system does not tell. Load averages tell of the last minute, perhaps of a run that has ended."""
    found = []
    for number in range(_GLANCES):
        time.sleep(_BETWEEN if number else 0.0)
        try:
            with open("/proc/loadavg", encoding="ascii") as file:
                found.append(int(file.read().split()[3].partition("/")[0]) - 1)
        except (OSError, ValueError, IndexError):
            return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return sum(found) / len(found)


def device(wanted: Literal["auto", "cpu", "cuda"]) -> torch.device:
    """The device that a spec asks for; `WrongInput` where there is none."""
    if wanted == "cpu":
        return torch.device("cpu")
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise WrongInput("training.device: `cuda` needs a GPU, and this machine shows none. Choose `auto` or `cpu`.")
    return torch.device("cuda" if there else "cpu")


def _keep_memory() -> None:
    """Tell glibc to keep freed memory instead of giving it back to the system after every step: torch otherwise
    takes thousands of page faults a step."""
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_THRESHOLD, 32 << 20)  # glibc takes no more than 32 MiB here
    libc.mallopt(_M_TRIM_THRESHOLD, 1 << 30)
    libc.mallopt(_M_TOP_PAD, 16 << 20)
