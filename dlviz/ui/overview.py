"""What lists and headings say of a run: its name, status, figure. Read from its folder, without torch."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlviz.core.files import read_record
from dlviz.training.folder import ACTIVE, RunFolder
from dlviz.ui import words
from dlviz.ui.known_runs import Row, known_runs

#: Status → (icon, badge colour, word).
STATUS = {
    "queued": (":material/schedule:", "gray", "waiting"),
    "starting": (":material/hourglass_top:", "blue", "starting"),
    "running": (":material/play_circle:", "blue", "training"),
    "paused": (":material/pause_circle:", "orange", "paused"),
    "finished": (":material/check_circle:", "green", "finished"),
    "stopped": (":material/stop_circle:", "gray", "stopped"),
    "failed": (":material/error:", "red", "failed"),
    "interrupted": (":material/bolt:", "orange", "interrupted"),
}
_BEST_KNOWN = ("accuracy", "r2", "mase")


@dataclass(frozen=True)
class Overview:
    """One run in a list. `value` is its best-known figure (`metric`), of the test part where it was measured."""

    run: RunFolder
    name: str
    data: str
    task: str
    status: str
    metric: str
    part: str
    value: float | None
    seconds: float | None
    epoch: int
    epochs: int
    created: float

    @property
    def id(self) -> str:
        return self.run.id

    @property
    def figure(self) -> str:
        """ "test accuracy 98.5 %", or nothing yet."""
        if self.value is None:
            return ""
        return f"{self.part} {words.metric(self.metric)} {shown(self.metric, self.value)}"


def shown(metric: str, value: float) -> str:
    """A metric's value: shares as per cent, R² with two digits, all else as a number."""
    if metric == "r2":
        return f"{round(value, 2) + 0.0:.2f}"  # + 0.0 makes a zero of minus zero
    share = metric in ("accuracy", "f1") or metric.startswith("f1_")
    return words.percent(value) if share and 0 <= value <= 1 else words.number(value)


def overview(run: RunFolder) -> Overview:
    """What a list says of `run`."""
    path = str(run.path)
    folder, _, id = path.rpartition("/")
    known = known_runs(folder)
    stamps = (_stamp(f"{path}/spec.json"), _stamp(f"{path}/state.json"))
    row = known.get(id, stamps)
    if row is None:
        row = _read(run)
        known.put(id, stamps, row)
    found = Overview(run, *row)
    if found.status in ACTIVE:  # only now must the worker be asked whether it lives
        return Overview(run, *_row(run.state(), found.name, found.data, found.task, found.created))
    return found


def overviews(runs: Iterable[RunFolder]) -> list[Overview]:
    """All of `runs`; one whose folder goes away meanwhile is left out."""
    found = []
    for run in runs:
        try:
            found.append(overview(run))
        except (OSError, ValueError):
            continue
    if found:
        known_runs(str(found[0].run.path.parent)).save([each.id for each in found])
    return found


def name_of(document: Mapping[str, Any]) -> str:
    """What a spec is called: its title, else its data."""
    return str(document.get("title") or data_of(document))


def data_of(document: Mapping[str, Any]) -> str:
    """A spec's data in a word or two: "Digits", "Toy2d spiral", "iris.csv"."""
    data = document.get("data") or {}
    if isinstance(data, str):
        return data
    if data.get("path"):
        return Path(str(data["path"])).name
    return " ".join(str(part) for part in (data.get("kind", "no data"), data.get("pattern", "")) if part)


def badge(status: str) -> str:
    """The status as a coloured badge, in markdown."""
    icon, color, word = STATUS[status]
    return f":{color}-badge[{icon} {word}]"


def _stamp(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return 0


def _read(run: RunFolder) -> Row:
    """A run as its files say."""
    document = run.spec_document()
    state = read_record(run.path / "state.json")
    # a damaged file must not hide all the other runs: its own row says so, and resuming writes a new one
    state = {"status": "queued", **state} if state is not None else {"status": "interrupted"}
    if state["status"] not in STATUS:
        state["status"] = "interrupted"
    task = document.get("task") or {}
    kind = task if isinstance(task, str) else str(task.get("kind", ""))
    return _row(state, name_of(document), data_of(document), kind, _created(run, state))


def _row(state: dict[str, Any], name: str, data: str, task: str, created: float) -> Row:
    """What follows the run itself in an `Overview`."""
    metric, part, value = _figure(state)
    return (
        name, data, task, state["status"], metric, part, value, state.get("seconds"), int(state.get("epoch") or 0),
        int(state.get("epochs") or 0), created,
    )  # fmt: skip


def _figure(state: Mapping[str, Any]) -> tuple[str, str, float | None]:
    metrics = state.get("metrics") or {}
    for part in ("test", "validation", "train"):
        figures = metrics.get(part) or {}
        for name in (*_BEST_KNOWN, "loss"):
            if isinstance(figures.get(name), (int, float)):
                return name, part, float(figures[name])
    return "", "", None


def _created(run: RunFolder, state: Mapping[str, Any]) -> float:
    """When the run was made: its id begins with the moment. (`time.strptime` reads it five times more slowly.)"""
    id = run.id
    try:
        day, moment = (id[:4], id[4:6], id[6:8]), (id[9:11], id[11:13], id[13:15])
        return time.mktime((*map(int, day), *map(int, moment), 0, 0, -1))  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return float(state.get("created") or state.get("started") or 0.0)
