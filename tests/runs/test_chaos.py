"""Workers and hosts killed at random moments, and two servers on one home. The long form is benchmarks/chaos.py."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from benchmarks.chaos import SPECS, Chaos, wait_for
from dlviz.runs import queue as queue_module
from dlviz.runs.store import Store
from dlviz.training.events import read_events

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")]
KILLS = 8


@pytest.fixture
def chaos(tmp_path):
    specs = {name: {**SPECS[name], "training": {**SPECS[name]["training"], "epochs": epochs}}
             for name, epochs in (("dense", 40), ("tiny", 2000))}  # fmt: skip
    made = Chaos(tmp_path, random.Random(7), specs)
    try:
        yield made
    finally:
        made.end()
        for process in queue_module._started:
            process.wait()
        queue_module._started.clear()


def test_nothing_is_lost_whatever_is_killed(chaos):
    chaos.undisturbed()
    number = 0
    while number < KILLS or chaos.kills["worker"] < 3:  # a fast machine may be done before it is hit
        number += 1
        assert number < 10 * KILLS, chaos.kills
        chaos.keep_training()
        time.sleep(chaos.chance.uniform(0, 0.4))
        chaos.kill_host() if number % 4 == 0 else chaos.kill_worker()
        chaos.check()
    assert chaos.kills["host"] >= 1

    def ended():
        chaos.queue.warm()
        for run in chaos.going.values():
            if run.status() == "interrupted":
                chaos.queue.resume(run)
        return all(run.status() in ("finished", "failed") for run in chaos.going.values())

    wait_for(ended, "what was disturbed ends")
    chaos.keep_training()  # compares each with the same run in peace, bit for bit
    assert chaos.compared >= 2


_SERVER = """
import sys
from pathlib import Path
from dlviz.runs.queue import Queue
from dlviz.runs.store import Store
home = Path(sys.argv[1])
for number in range(3):
    run = Store(home, sys.argv[2]).create({
        "version": 1, "data": {"kind": "Iris"}, "training": {"epochs": 2, "device": "cpu"}, "seed": number,
    })
    Queue(home).submit(run)
"""


def hosts_of(home: Path) -> list[psutil.Process]:
    """The processes that serve this home's queue."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        if "dlviz.runs.host" in words and str(home) in words:
            found.append(process)
    return found


def test_two_servers_on_one_home(tmp_path: Path) -> None:
    servers = [subprocess.Popen([sys.executable, "-c", _SERVER, str(tmp_path), name]) for name in ("one", "two")]
    try:
        assert [server.wait(240) for server in servers] == [0, 0]
        runs = Store(tmp_path).runs()
        assert len(runs) == 6
        wait_for(lambda: all(run.status() == "finished" for run in runs), "all end")
        assert sorted(run.state()["workspace"] for run in runs) == ["one"] * 3 + ["two"] * 3
        for run in runs:  # trained once, by one worker
            assert [record["type"] for record in read_events(run.events_file)].count("start") == 1
        wait_for(lambda: len(hosts_of(tmp_path)) == 1, "one host is left")
    finally:
        for process in hosts_of(tmp_path):
            process.kill()
