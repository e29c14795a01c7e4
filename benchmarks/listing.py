"""How long many finished runs take to be listed.

    python benchmarks/listing.py [--runs 500 10000]

Makes so many finished runs with a curve of a hundred records each, and lists them as the page Runs does, each time in a
process of its own, imports not counted: `first`, where nothing is known of them; `again`, as after a restart of the
server; `warm`, a second time in the same process, as at each click. Prints a line of JSON for each number of runs, in
milliseconds, the median of three (of `first` there is one). The goals: `again` within 300 ms for 500, 1 s for 10,000.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, nargs="+", default=[500, 10_000])
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        print(json.dumps(inside(asked.inside)))
        return
    for many in asked.runs:
        with tempfile.TemporaryDirectory() as home:
            make(Path(home), many)
            first = listed(Path(home))[0]
            again = [listed(Path(home)) for _ in range(ROUNDS)]
            found = {"first": first, "again": statistics.median(one for one, _ in again)}
            found["warm"] = statistics.median(two for _, two in again)
            print(json.dumps({"runs": many, **{name: round(1000 * seconds, 1) for name, seconds in found.items()}}))


def make(home: Path, many: int) -> None:
    """So many finished runs, all alike but for their names and figures."""
    from dlviz.runs.store import Store
    from dlviz.training.events import EventLog

    store = Store(home)
    one = store.create({"version": 1, "title": "one of many", "data": {"kind": "Digits"}})
    log = EventLog(one.events_file)
    for step in range(100):
        log.add("train", step, epoch=step / 10, loss=1 / (step + 1))
    log.flush()
    for number in range(1, many):
        folder = one.path.with_name(f"{one.id}-{number:05d}")
        shutil.copytree(one.path, folder)
    for run in store.runs():
        figures = {"test": {"accuracy": (hash(run.id) % 1000) / 1000}}
        run.write_state({"status": "finished", "epoch": 10, "epochs": 10, "seconds": 12.0, "metrics": figures})


def listed(home: Path) -> tuple[float, float]:
    """(seconds of the first listing in a new process, of the second)."""
    command = [sys.executable, __file__, "--inside", str(home)]
    found: list[float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found[0], found[1]


def inside(home: Path) -> list[float]:
    from dlviz.runs.store import Store
    from dlviz.ui.overview import overviews

    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        overviews(Store(home).runs())
        seconds.append(time.perf_counter() - began)
    return seconds


if __name__ == "__main__":
    main()
