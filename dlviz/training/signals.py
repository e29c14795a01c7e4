"""Signals: numbers about each layer over time, one record a moment in `signals.jsonl`.

    {"step": 120, "epoch": 1.3, "gradient.model.conv1": 0.02, "dead.model.relu1": 0.25, …}

They stand apart from the events: when a moment comes is decided by the clock, and the bytes of the events follow from
the seed alone. A record may lack what was not measured at its moment. A record at an earlier step than the ones
before it begins a part that was trained anew: what stood after that step no longer counts.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from dlviz.core.values import Array
from dlviz.training.events import EventLog

#: Where a run keeps them.
FILE = "signals.jsonl"


class SignalLog(EventLog):
    """Appends records of signals."""

    def put(self, step: int, epoch: float, values: dict[str, float]) -> None:
        """Gather one record; what is no finite number is left out. It is written at the next `flush`."""
        sound = {name: round_off(value) for name, value in values.items() if math.isfinite(value)}
        if sound:
            self._waiting.append({"step": step, "epoch": round(epoch, 4), **sound})


def round_off(value: float) -> float:
    """Five figures: no picture shows more."""
    return float(f"{value:.5g}")


def parsed(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """The records in these lines, in order; broken ones are passed over."""
    records = []
    for line in lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict) and _number(record.get("step")):
            records.append(record)
    return records


def columns(records: Iterable[dict[str, Any]]) -> dict[str, Array]:
    """`step`, `epoch` and every signal as columns of equal length; NaN where a record lacks it. What was trained anew
    replaces what stood there."""
    kept: list[dict[str, Any]] = []
    for record in records:
        while kept and kept[-1]["step"] >= record["step"]:
            kept.pop()
        kept.append(record)
    names = dict.fromkeys(["step", "epoch", *(name for record in kept for name in record)])
    return {
        name: np.array([record[name] if _number(record.get(name)) else math.nan for record in kept], np.float64)
        for name in names
    }


def read_signals(path: Path) -> dict[str, Array]:
    """The columns of a file; `step` and `epoch` alone, and empty, where there is none."""
    try:
        return columns(parsed(path.read_bytes().splitlines()))
    except OSError:
        return columns([])


def _number(value: Any) -> bool:
    """Whether it is a finite number; a whole one of a damaged line may be larger than any float."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
