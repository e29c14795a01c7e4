"""From the click on Train to the first point of the curve, with a warm host, on Digits.

    python benchmarks/latency.py [--rounds 5]

Prints a line of JSON. The time runs from the creation of the run to the first `train` record that a reader of the
event file sees.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import tempfile
import time
from pathlib import Path

from dlviz.core.process import alive
from dlviz.runs.queue import Queue
from dlviz.runs.store import Store
from dlviz.training.events import read_events


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        queue, store = Queue(home), Store(home)
        began = time.monotonic()
        queue.warm()
        while not queue.host().get("ready"):
            time.sleep(0.05)
        warm = time.monotonic() - began
        host = queue.host()
        try:
            times = [first_point(store, queue) for _ in range(rounds)]
        finally:
            os.kill(host["pid"], signal.SIGTERM)
            while alive(host["pid"], host["pid_started"]):
                time.sleep(0.05)
    print(json.dumps({"host_warm_after_s": round(warm, 2), "first_point_s": [round(t, 3) for t in times],
                      "median_s": round(statistics.median(times), 3)}))  # fmt: skip


def first_point(store: Store, queue: Queue) -> float:
    began = time.monotonic()
    run = store.create({"version": 1, "data": {"kind": "Digits"}, "training": {"epochs": 3}})
    queue.submit(run)
    while not any(record["type"] == "train" for record in read_events(run.events_file)):
        time.sleep(0.005)
        if run.status() == "failed":
            raise SystemExit(run.state()["error"])
    passed = time.monotonic() - began
    while run.status() not in ("finished", "failed", "interrupted"):
        time.sleep(0.05)
    assert run.status() == "finished", run.state()
    return passed


if __name__ == "__main__":
    main()
