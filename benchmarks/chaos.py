"""Kill what runs, at random moments, and see that nothing is lost.

    python benchmarks/chaos.py [--kills 200] [--minutes 60] [--seed 0] [--no-browser]

A home with a server, a host, workers and a browser that watches. Over and over one of them is killed with signal 9 at
a random moment, is started again as its user would (a server by hand, a browser by hand; a host comes by itself as soon
as somebody looks; a worker's run is resumed), and after each kill this must hold:

  - every run that was made is there, its spec, state and checkpoints can be read, and no file is half written
  - a run whose worker was killed says so within two seconds, and goes on when asked
  - a run that has ended has, bit for bit, the curve and the weights of the same run that nobody disturbed

Prints what was killed how often and what was checked, as JSON; ends with an error at the first thing that does not
hold. Only processes that it started itself are killed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from served import ROOT, command, free_port

from dlviz.core.process import alive
from dlviz.runs.queue import Queue
from dlviz.runs.store import Store
from dlviz.training.checkpoint import Checkpoints
from dlviz.training.events import read_events
from dlviz.training.folder import RunFolder

_TRAINING: dict[str, Any] = {"device": "cpu", "precision": "float32"}
_DENSE = [
    {"kind": "Input"}, {"kind": "Flatten"}, {"kind": "Linear", "out_features": 32}, {"kind": "BatchNorm1d"},
    {"kind": "ReLU"}, {"kind": "Dropout", "p": 0.3}, {"kind": "Linear", "out_features": "auto"},
]  # fmt: skip
_TINY = [
    {"kind": "Input"}, {"kind": "Linear", "out_features": 8}, {"kind": "Tanh"},
    {"kind": "Linear", "out_features": "auto"},
]  # fmt: skip
_CNN = [
    {"kind": "Input"}, {"kind": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}, {"kind": "ReLU"},
    {"kind": "MaxPool2d", "kernel_size": 2}, {"kind": "Flatten"}, {"kind": "Linear", "out_features": "auto"},
]  # fmt: skip
#: What is trained: what must survive a kill at once (dropout, batch norm, momentum, a schedule, chance in the data),
#: the kernel for small networks, a convolution, and two networks against each other.
SPECS: dict[str, dict[str, Any]] = {
    "dense": {
        "data": {"kind": "Digits"}, "networks": {"model": _DENSE},
        "optimization": {"optimizer": {"kind": "SGD", "lr": 0.05, "momentum": 0.9},
                         "schedule": {"kind": "CosineAnnealingLR"}, "augmentations": [{"kind": "GaussianNoise"}]},
        "training": {**_TRAINING, "epochs": 60, "batch_size": 32},
    },
    "tiny": {
        "data": {"kind": "Toy2d", "pattern": "spiral", "size": 500}, "networks": {"model": _TINY},
        "optimization": {"optimizer": {"kind": "SGD", "lr": 0.03}},
        "training": {**_TRAINING, "epochs": 6000, "batch_size": 10},
    },
    "cnn": {
        "data": {"kind": "Digits"}, "networks": {"model": _CNN}, "optimization": {"optimizer": {"kind": "Adam"}},
        "training": {**_TRAINING, "epochs": 30, "batch_size": 32},
    },
    "gan": {
        "data": {"kind": "Toy2d", "pattern": "gaussians", "size": 500}, "task": "Gan",
        "training": {**_TRAINING, "epochs": 40, "batch_size": 50},
    },
}  # fmt: skip
#: Seconds that a process may take to start on a machine that is busy otherwise: torch alone takes 8 of a processor.
_PATIENCE = 300.0
_ENDED = ("finished", "interrupted", "failed", "stopped")
_CLOCK = ("time", "seconds", "examples_per_second", "seconds_left")


def curve(run: RunFolder) -> list[dict[str, Any]]:
    """All records that are numbers of the training, without what the clock says."""
    records = [record for record in read_events(run.events_file) if record["type"] in ("train", "epoch", "end")]
    return [{key: value for key, value in record.items() if key not in _CLOCK} for record in records]


def weights(run: RunFolder) -> str:
    """A digest of the newest checkpoint's tensors."""
    found = Checkpoints(run.checkpoints).latest()
    assert found is not None, f"{run.id} has no checkpoint"
    digest = hashlib.sha256()
    for name, tensor in sorted(found[1].tensors.items()):
        digest.update(name.encode() + tensor.contiguous().view(-1).numpy().tobytes())
    return digest.hexdigest()


def wait_for(true: Callable[[], Any], what: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"It did not happen within {seconds:.0f} s: {what}"
        time.sleep(0.02)


@dataclass
class Chaos:
    """A home whose processes are killed. `specs`: what is trained, over and over."""

    home: Path
    chance: random.Random
    specs: dict[str, dict[str, Any]]
    kills: Counter[str] = field(default_factory=Counter)
    whole: dict[str, tuple[list[dict[str, Any]], str]] = field(default_factory=dict)
    going: dict[str, RunFolder] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    compared: int = 0
    resumed: int = 0
    slowest: float = 0.0  # seconds until a killed worker was told

    def __post_init__(self) -> None:
        self.queue, self.store = Queue(self.home), Store(self.home)

    def begin(self, name: str) -> RunFolder:
        run = self.store.create({"version": 1, "title": name, **self.specs[name], "seed": 5})
        self.made.add(run.id)
        self.queue.submit(run)
        return run

    def undisturbed(self) -> None:
        """Train each spec once in peace, to compare with."""
        for name in self.specs:
            run = self.begin(name)
            wait_for(lambda run=run: run.status() not in ("queued", "starting", "running"), f"{name} ends")
            assert run.status() == "finished", run.state()
            self.whole[name] = curve(run), weights(run)

    def keep_training(self) -> None:
        """Let all specs train: begin what has ended, resume what was interrupted, compare what is whole."""
        self.queue.warm()
        for name in self.specs:
            run = self.going.get(name)
            status = run.status() if run is not None else "finished"
            if run is not None and status == "finished":
                assert curve(run) == self.whole[name][0], f"{name} has another curve: {run.path}"
                assert weights(run) == self.whole[name][1], f"{name} has other weights: {run.path}"
                self.compared += 1
            if status == "finished":
                self.going[name] = self.begin(name)
            elif status == "interrupted" and run is not None:
                self.queue.resume(run)
                self.resumed += 1
            assert status not in ("failed", "stopped"), run.state() if run is not None else ""

    def kill_worker(self) -> None:
        training: list[RunFolder] = []

        def some() -> bool:
            self.queue.warm()  # as any page does that looks
            training[:] = [run for run in self.going.values() if run.status() in ("starting", "running")]
            return bool(training) or all(run.status() in _ENDED for run in self.going.values())

        wait_for(some, "a run trains", _PATIENCE)
        if not training:
            return
        time.sleep(self.chance.uniform(0, 0.5))
        run = self.chance.choice(training)
        state = run.state()
        if not alive(state.get("pid"), state.get("pid_started")) or state["status"] not in ("starting", "running"):
            return
        with suppress(ProcessLookupError):
            os.kill(state["pid"], signal.SIGKILL)
        began = time.monotonic()
        wait_for(lambda: run.status() in ("interrupted", "finished"), f"{run.id} says that it was interrupted", 20)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.kills["worker"] += 1

    def kill_host(self) -> None:
        host = self.queue.host()
        if alive(host.get("pid"), host.get("pid_started")):
            os.kill(host["pid"], signal.SIGKILL)
            self.kills["host"] += 1
            wait_for(lambda: not alive(host["pid"], host["pid_started"]), "the host is gone", 20)

    def check(self) -> None:
        """Nothing is lost and nothing is half written."""
        there = {run.id for run in self.store.runs()}
        assert self.made <= there, f"lost: {self.made - there}"
        for id in self.made:
            run = self.store.run(id)
            json.loads(run.spec_file.read_bytes())
            json.loads((run.path / "state.json").read_bytes())
            newest = Checkpoints(run.checkpoints).steps()
            if newest:
                assert Checkpoints(run.checkpoints).latest() is not None, f"no checkpoint of {run.path} is whole"
            elif run.status() == "finished":
                raise AssertionError(f"{run.path} has ended without a checkpoint")

    def forget_ended(self, keep: int = 12) -> None:
        """Delete old runs, so that checking stays quick."""
        busy = {run.id for run in self.going.values()}
        for id in sorted(self.made - busy)[:-keep]:
            self.store.delete(id)
            self.made.discard(id)

    def end(self) -> None:
        """End every process of this home."""
        pids = [(self.queue.host().get("pid"), self.queue.host().get("pid_started"))]
        pids += [(state.get("pid"), state.get("pid_started")) for state in (run.state() for run in self.store.runs())]
        for pid, started in pids:
            if alive(pid, started):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


class Server:
    """The app and a browser that watches one of its runs."""

    def __init__(self, home: Path, browser: bool) -> None:
        self.home, self.wants_browser = home, browser
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.browser: subprocess.Popen[bytes] | None = None

    def see_to_it(self, run: RunFolder) -> None:
        """Start what is not there."""
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                command(self.port), cwd=ROOT, env={**os.environ, "DLVIZ_HOME": str(self.home)},
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            wait_for(self._answers, "the server answers", _PATIENCE)
        if self.wants_browser and (self.browser is None or self.browser.poll() is not None):
            profile = tempfile.mkdtemp(dir=self.home)
            self.browser = subprocess.Popen(
                [os.environ.get("DLVIZ_BROWSER", "chromium"), "--headless", "--no-sandbox", "--disable-gpu",
                 f"--user-data-dir={profile}", "--remote-debugging-port=0",
                 f"http://127.0.0.1:{self.port}/train?run={run.id}"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def kill(self, what: str, kills: Counter[str]) -> None:
        process = self.process if what == "server" else self.browser
        if process is None or process.poll() is not None:
            return
        for child in psutil.Process(process.pid).children(recursive=True) if what == "browser" else []:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        process.kill()
        process.wait()
        kills[what] += 1

    def end(self) -> None:
        ignored: Counter[str] = Counter()
        self.kill("browser", ignored)
        self.kill("server", ignored)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=2):
                return True
        except OSError:
            return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=60.0, help="No more is killed after that.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-browser", action="store_true")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        chaos = Chaos(Path(folder), chance, SPECS)
        server = Server(Path(folder), not arguments.no_browser)
        try:
            chaos.undisturbed()
            began = time.monotonic()
            while sum(chaos.kills.values()) < arguments.kills and time.monotonic() - began < arguments.minutes * 60:
                chaos.keep_training()
                server.see_to_it(next(iter(chaos.going.values())))
                time.sleep(chance.expovariate(4.0))
                what = chance.choices(["worker", "host", "server", "browser"], [8, 2, 1, 1])[0]
                if what == "worker":
                    chaos.kill_worker()
                elif what == "host":
                    chaos.kill_host()
                else:
                    server.kill(what, chaos.kills)
                chaos.check()
                chaos.forget_ended()
                print(f"\r{sum(chaos.kills.values())} kills, {chaos.compared} compared ", end="", file=sys.stderr)
            # what is still going must come to its end, too
            for name, run in list(chaos.going.items()):
                while run.status() != "finished":
                    chaos.queue.warm()
                    if run.status() == "interrupted":
                        chaos.queue.resume(run)
                    time.sleep(0.2)
                assert (curve(run), weights(run)) == chaos.whole[name], f"{name} differs: {run.path}"
                chaos.compared += 1
            print(json.dumps({
                "kills": dict(chaos.kills), "in_all": sum(chaos.kills.values()), "resumed": chaos.resumed,
                "runs_compared_bit_for_bit": chaos.compared, "lost": 0,
                "slowest_word_of_a_killed_worker_s": round(chaos.slowest, 2),
                "seconds": round(time.monotonic() - began), "seed": arguments.seed,
            }))  # fmt: skip
        finally:
            server.end()
            chaos.end()


if __name__ == "__main__":
    main()
