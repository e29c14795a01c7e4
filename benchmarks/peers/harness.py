"""Measure one way of training in a process of its own: `python <peer>.py JOB.json` prints a line of JSON.

A peer gives `begin(job) -> fit`, and `fit(inputs, targets, epochs)` trains as its manual says. Everybody is measured
alike: a first fit on a few batches, which may compile; a second tells how long batches take, and with it on how much
of the data to train; where that is more, a third compiles for it; the last, of about the asked seconds, counts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Fit = Callable[[Array, Array, int], None]
_FIRST = 32  # batches


@dataclass(frozen=True)
class Job:
    """What is to be trained: the network's name, the training part in a file, and how."""

    network: str
    data: str
    batch_size: int
    optimizer: str
    lr: float
    seconds: float

    def arrays(self) -> tuple[Array, Array]:
        with np.load(self.data) as file:
            return file["inputs"], file["targets"]


def measure(begin: Callable[[Job], Fit], version: str) -> None:
    """Run the job named on the command line."""
    with open(sys.argv[1], encoding="utf-8") as file:
        job = Job(**json.load(file))
    inputs, targets = job.arrays()
    fit = begin(job)
    few = min(len(inputs), _FIRST * job.batch_size)
    fit(inputs[:few], targets[:few], 1)
    began = time.perf_counter()
    fit(inputs[:few], targets[:few], 1)
    epoch = (time.perf_counter() - began) * len(inputs) / few
    examples = len(inputs) if epoch < job.seconds else few
    if examples > few:
        fit(inputs[:examples], targets[:examples], 1)
        began = time.perf_counter()
        fit(inputs[:examples], targets[:examples], 1)
        epoch = time.perf_counter() - began
    epochs = max(1, round(job.seconds / (epoch * examples / len(inputs))))
    clock, cpu = time.perf_counter(), time.process_time()
    fit(inputs[:examples], targets[:examples], epochs)
    seconds, cpu_seconds = time.perf_counter() - clock, time.process_time() - cpu
    print(json.dumps({
        "per_second": examples * epochs / seconds, "per_cpu_second": examples * epochs / cpu_seconds,
        "seconds": seconds, "version": version,
    }))  # fmt: skip
