"""Curves out of a run's events: reads what is new in the file and gives it as columns, ready to be drawn."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dlviz.draw.thin import kept
from dlviz.ui.marks import mark

#: Read at most this much at once, so that a huge file neither fills the memory nor holds up other readers.
PIECE = 8_000_000
#: A curve of more points than this is sent thinned.
MOST_POINTS = 4000
_NOT_CURVES = {"type", "step", "epoch", "time", "seconds_left", "steps", "epochs", "text", "status"}
#: `seconds`, the training time without pauses, is not drawn itself: it is what the x-axis can be measured in.
_ALONE = {"lr": "learning rate", "examples_per_second": "examples per second", "seconds": "seconds"}


@dataclass
class Chunk:
    """What came since the last reading. Points after step `trim` that were read earlier no longer count."""

    trim: int | None = None
    #: Name → rows of (step, epoch, value): "step.loss" is told every few steps, "train.loss" is an epoch's mean.
    curves: dict[str, list[tuple[int, float, float | None]]] = field(default_factory=dict)
    #: (step, epoch where it was told, what happened, its kind: see `marks.mark`)
    marks: list[tuple[int, float | None, str, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.trim is not None or bool(self.curves) or bool(self.marks)

    def cut(self, step: int) -> None:
        """Forget all after `step`, here and, through `trim`, at whoever has drawn it."""
        self.trim = step if self.trim is None else min(self.trim, step)
        for name, rows in self.curves.items():
            self.curves[name] = [row for row in rows if row[0] <= step]
        self.marks = [mark for mark in self.marks if mark[0] <= step]

    def document(self, most: int = MOST_POINTS) -> dict[str, Any]:
        """As JSON: columns `step`, `x` (epochs), `y` by curve; a curve of more than `most` points is thinned."""
        curves: dict[str, dict[str, Any]] = {}
        for name, rows in self.curves.items():
            values = np.array([math.nan if row[2] is None else row[2] for row in rows], dtype=float)
            at = kept(values, most)
            curves[name] = {
                "step": [rows[i][0] for i in at],
                "x": [round(rows[i][1], 4) for i in at],
                "y": [rows[i][2] if rows[i][2] is None else float(f"{rows[i][2]:.6g}") for i in at],
            }
            if len(at) < len(rows):
                curves[name]["thinned"] = True
        return {"trim": self.trim, "curves": curves, "marks": [list(mark) for mark in self.marks]}


class Tail:
    """Follows one events file from a byte offset on."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path, self.offset = path, offset

    def grown(self) -> bool:
        """Whether there is anything new; costs one look at the file's size."""
        try:
            size = os.stat(self.path).st_size
        except FileNotFoundError:
            return False
        return size != self.offset

    def read(self) -> Chunk:
        """The complete lines after the offset, which moves on. A file that has shrunk is read anew from its start."""
        chunk = Chunk()
        try:
            with self.path.open("rb") as file:
                if file.seek(0, os.SEEK_END) < self.offset:
                    self.offset = 0
                    chunk.cut(-1)
                file.seek(self.offset)
                piece = file.read(PIECE)
        except (FileNotFoundError, IsADirectoryError):
            return chunk
        whole = piece[: piece.rfind(b"\n") + 1]
        if not whole and len(piece) == PIECE:
            whole = piece  # no record is that long: pass over it
        self.offset += len(whole)
        for line in whole.splitlines():
            try:
                record = json.loads(line)
                if isinstance(record, dict) and _sound(record):
                    self._take(record, chunk)
            except (ValueError, RecursionError, OverflowError):
                continue  # half a line that a killed worker left behind, or one that is damaged
        return chunk

    def _take(self, record: dict[str, Any], chunk: Chunk) -> None:
        kind, step = record.get("type"), int(record.get("step", 0))
        if kind == "resume":
            chunk.cut(step)
        said = mark(record)
        if said is not None:
            epoch = float(record["epoch"]) if "epoch" in record else None
            chunk.marks.append((step, epoch, *said))
        elif kind in ("train", "epoch"):
            for name, value in record.items():
                if name in _NOT_CURVES or not isinstance(value, (int, float)) or isinstance(value, bool):
                    continue
                curve = _ALONE.get(name) or (f"step.{name}" if kind == "train" else name)
                finite = float(value) if math.isfinite(value) else None
                chunk.curves.setdefault(curve, []).append((step, float(record.get("epoch", 0.0)), finite))


def _sound(record: dict[str, Any]) -> bool:
    """Whether step and epoch, where they stand, are numbers: a damaged line must not end the stream."""
    found = [record[name] for name in ("step", "epoch") if name in record]
    return all(isinstance(n, (int, float)) and not isinstance(n, bool) and math.isfinite(n) for n in found)


def all_of(path: Path) -> Chunk:
    """Every point of a run that counts."""
    tail = Tail(path)
    whole = tail.read()
    while tail.grown():
        before = tail.offset
        more = tail.read()
        if tail.offset == before:
            break
        if more.trim is not None:
            whole.cut(more.trim)
        for name, rows in more.curves.items():
            whole.curves.setdefault(name, []).extend(rows)
        whole.marks += more.marks
    return whole
