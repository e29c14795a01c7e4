"""Events: what a run tells while it goes, one flat JSON record a line, appended and never rewritten.

    {"type": "start", "step": 0, "time": …, "steps": 900, "epochs": 10, "device": "cpu"}
    {"type": "train", "step": 12, "epoch": 0.13, "loss": 2.29, "lr": 0.01, …one "loss.<role>" a role if several}
    {"type": "epoch", "step": 90, "epoch": 1, "train.accuracy": …, "validation.loss": …, "validation.accuracy": …,
     "seconds": …, "examples_per_second": …, "seconds_left": …}
                    (after every epoch; of a run with hundreds of tiny epochs, after every k-th)
    {"type": "resume", "step": 45, …}   records after step 45 that stand before this line no longer count
    {"type": "mark", "step": …, "text": "paused"}
    {"type": "change", "step": …, "epoch": …, "what": "optimization.optimizer.lr", "from": …, "to": …} (changes.py)
    {"type": "fork", "step": …, "epoch": …, "parent": its run, …}   the first record of a fork: it begins there
    {"type": "end", "status": "finished", "step": …, "test.accuracy": …}

A record is gathered in memory and written with others a few times a second: a write costs 3 to 26 µs, a step of a
tiny network 200. `train` records come at fixed steps, not fixed times, so that a seed gives the same file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class EventLog:
    """Appends records to a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: list[dict[str, Any]] = []

    def add(self, type: str, step: int, **values: Any) -> None:
        """Gather one record; it is written at the next `flush`."""
        self._waiting.append({"type": type, "step": step, **values})

    def flush(self) -> None:
        """Append what waits in one write. A half-written last line of a killed worker is closed first."""
        if not self._waiting:
            return
        text = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in self._waiting)
        with self.path.open("ab+", buffering=0) as file:  # a buffer would write what was taken back once more
            size = file.seek(0, 2)
            if size:
                file.seek(-1, 2)
                if file.read(1) != b"\n":
                    text = "\n" + text
            left = memoryview(text.encode())
            try:
                while left:
                    left = left[file.write(left) :]
            except OSError:  # a full disk: take back the half, keep the records, let the caller wait for room
                file.truncate(size)
                raise
        self._waiting.clear()


def read_events(path: Path, only: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """All records that count: broken lines are passed over, and what a resume has overtaken is left out. `only`: those
    of these types, without reading the others."""
    begins = tuple(f'{{"type":"{type}"'.encode() for type in (*only, "resume"))
    records: list[dict[str, Any]] = []
    try:
        lines = path.read_bytes().splitlines()
    except (FileNotFoundError, IsADirectoryError):
        return records
    for line in lines:
        if only and not line.startswith(begins):
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(record, dict) or not isinstance(record.get("step"), (int, float)):
            continue
        if record.get("type") == "resume":
            records = [old for old in records if old["step"] <= record["step"] and old.get("type") != "end"]
        records.append(record)
    return [record for record in records if record.get("type") in only] if only else records
