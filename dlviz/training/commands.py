"""Commands: what a page or a terminal asks of a worker, as small files that it obeys and takes away. No torch here.

control/<time in ns>-<name>.json   the payload, a JSON object; `control/<name>` alone asks without one

pause, resume, stop
step    {"steps": 3}                        so many steps, then pause
epoch                                       to the end of this epoch, then pause
pace    {"steps_per_second": 2 or null}     slow motion; null: as fast as it can
        {"seconds": 12}                     so slow that the whole run takes about so long, where it would not anyway
set     {"changes": {"optimization.optimizer.lr": 0.01, "training.batch_size": 32}}
weight  {"role": "model", "node": "conv1", "name": "weight", "index": [0, 2], "value": 0.5}
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlviz.core.files import write_bytes

NAMES = ("pause", "resume", "stop", "step", "epoch", "pace", "set", "weight")
#: A file that is longer was not written by dlviz.
_LONGEST = 1 << 20


@dataclass(frozen=True)
class Command:
    """One thing asked of a worker. `payload` is empty where the name says it all."""

    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)


def put(folder: Path, command: Command) -> None:
    """Leave a command in `folder` (a run's `control/`), behind those that wait there already."""
    assert command.name in NAMES, command.name
    content = json.dumps(dict(command.payload)).encode()
    waiting = _entries(folder)
    when = max(time.time_ns(), waiting[-1][0] + 1 if waiting else 0)  # in order, also where the clock was set back
    write_bytes(folder / f"{when:020d}-{command.name}.json", content)


def take(folder: Path) -> list[Command]:
    """The commands that wait, oldest first; each is taken away by reading it. What is no command is passed over."""
    found = []
    for _, name, path in _entries(folder):
        payload = _payload(path)
        path.unlink(missing_ok=True)
        if name in NAMES and payload is not None:
            found.append(Command(name, payload))
    return found


def waits(folder: Path, name: str) -> bool:
    """Whether a command of this name waits."""
    return any(name == waiting for _, waiting, _ in _entries(folder))


class Glance:
    """Tells at the cost of one `stat` whether a command may have come since the last `take`."""

    #: A file system's clock ticks this coarsely at most, in ns: within one tick a second file changes nothing.
    _TICK = 50_000_000

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._seen = 0

    def news(self) -> bool:
        try:
            changed = os.stat(self._folder).st_mtime_ns
        except OSError:
            return False
        if changed == self._seen:
            return False
        if abs(time.time_ns() - changed) > self._TICK:
            self._seen = changed
        return True


def _entries(folder: Path) -> list[tuple[int, str, Path]]:
    """(time in ns, name, file) of what waits, oldest first."""
    entries = []
    try:
        with os.scandir(folder) as found:
            for entry in found:
                when, dash, name = entry.name.partition("-")
                if entry.name.startswith("."):
                    continue
                if dash and when.isdecimal() and name.endswith(".json"):
                    entries.append((int(when), name.removesuffix(".json"), Path(entry.path)))
                else:
                    entries.append((entry.stat().st_mtime_ns, entry.name, Path(entry.path)))
    except OSError:
        pass  # no folder yet, another reader was quicker, or it is locked: then nothing is asked
    return sorted(entries, key=lambda entry: entry[:2])


def _payload(path: Path) -> dict[str, Any] | None:
    """The payload; empty for a bare file, None for a damaged one."""
    try:
        if path.stat().st_size > _LONGEST:
            return None
        found = json.loads(path.read_bytes() or b"{}")
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
