"""What it costs a training to be looked at: CPU time with probes, views, signals and doctor against the same without.

    python benchmarks/looking.py [--rounds 3] [--seconds 10] [--only tiny]

Both train the same steps in turns within one process; measured is the CPU time of the training, from before its first
moment to after its last. Prints a line of JSON a workload: `share`, CPU time with looking divided by that without, less
one, the median over the rounds (on a crowded machine processors are slower by a third now and then, and so is this
figure wrong); `inside`, the CPU time spent within all that looks, divided by the rest of the same training, which no
crowd disturbs; how many moments were taken; what the budget itself measured; what each probe took. The goal is 0.05.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any
from unittest.mock import patch

from dlviz.core.files import write_json
from dlviz.training import checkup, looking, machine, worker
from dlviz.training.folder import RunFolder
from dlviz.training.loop import Loop
from dlviz.training.moments import Moments

CNN = [
    {"kind": "Input"},
    {"kind": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1}, {"kind": "ReLU"},
    {"kind": "MaxPool2d", "kernel_size": 2},
    {"kind": "Conv2d", "out_channels": 64, "kernel_size": 3, "padding": 1}, {"kind": "ReLU"},
    {"kind": "MaxPool2d", "kernel_size": 2},
    {"kind": "Flatten"},
    {"kind": "Linear", "out_features": 128}, {"kind": "ReLU"}, {"kind": "Dropout", "p": 0.25},
    {"kind": "Linear", "out_features": "auto"},
]  # fmt: skip


def dense(*widths: int, activation: str) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = [{"kind": "Input"}]
    for width in widths:
        layers += [{"kind": "Linear", "out_features": width}, {"kind": activation}]
    return [*layers, {"kind": "Linear", "out_features": "auto"}]


WORKLOADS: dict[str, dict[str, Any]] = {
    "cnn": {"data": {"kind": "FashionMnist"}, "networks": {"model": CNN}, "training": {"batch_size": 128}},
    "mlp": {
        "data": {"kind": "Toy2d", "pattern": "gaussians", "size": 20000},
        "networks": {"model": dense(128, 128, 128, activation="ReLU")},
        "training": {"batch_size": 256},
    },
    "tiny": {
        "data": {"kind": "Toy2d", "pattern": "circles", "size": 500},
        "networks": {"model": dense(8, activation="Tanh")},
        "training": {"batch_size": 10, "engine": "eager"},
    },
    "tiny-kernel": {
        "data": {"kind": "Toy2d", "pattern": "circles", "size": 500},
        "networks": {"model": dense(8, activation="Tanh")},
        "training": {"batch_size": 10},
    },
    "lstm": {
        "data": {"kind": "ToyText", "size": 4000},
        "networks": {
            "model": [
                {"kind": "Input", "name": "text"},
                {"kind": "PaddingMask", "name": "mask", "inputs": ["text"]},
                {"kind": "Embedding", "embedding_dim": 32, "name": "words", "inputs": ["text"]},
                {"kind": "LSTM", "hidden_size": 64, "output": "last", "name": "lstm", "inputs": ["words", "mask"]},
                {"kind": "Linear", "out_features": "auto", "inputs": ["lstm"]},
            ]
        },
        "training": {"batch_size": 64},
    },
}  # fmt: skip


@contextmanager
def blind() -> Iterator[None]:
    """Nobody looks."""

    def nothing(*_: Any, **__: Any) -> None:
        return None

    def later(self: Any, loop: Loop, otherwise: float) -> float:
        return otherwise

    with (
        patch.multiple(looking.Looking, begin=nothing, last=nothing, epoch_ended=nothing, look=later),
        patch.multiple(checkup.Checkup, look=nothing, epoch_ended=nothing, end=nothing),
    ):
        yield


@contextmanager
def timed(found: dict[str, Any]) -> Iterator[None]:
    """Count the CPU seconds within all that looks, in `found["spent"]`."""
    found["spent"], depth = 0.0, 0

    def counted(real: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal depth
            depth += 1
            began = time.process_time()
            try:
                return real(*arguments, **named)
            finally:
                depth -= 1
                if not depth:
                    found["spent"] += time.process_time() - began

        return call

    seen, asked = looking.Looking, checkup.Checkup
    with (
        patch.multiple(
            seen, **{name: counted(getattr(seen, name)) for name in ("begin", "look", "last", "epoch_ended")}
        ),
        patch.multiple(asked, **{name: counted(getattr(asked, name)) for name in ("look", "epoch_ended")}),
    ):
        yield


def train(document: dict[str, Any], found: dict[str, Any], looks: bool) -> float:
    """CPU seconds of the training of one run as a worker does it."""
    seconds = 0.0
    real, begin = Loop.train, looking.Looking.begin

    def measured(self: Loop) -> None:
        nonlocal seconds
        began = time.process_time()
        real(self)
        seconds = time.process_time() - began

    def begun(self: looking.Looking, loop: Loop) -> None:
        found["looking"] = self
        begin(self, loop)

    with tempfile.TemporaryDirectory() as folder, patch.object(Loop, "train", measured):
        write_json(Path(folder) / "spec.json", document)
        if looks:
            with patch.object(looking.Looking, "begin", begun), timed(found):
                status = worker.main(folder)
        else:
            with blind():
                status = worker.main(folder)
        assert status == "finished", RunFolder(Path(folder)).state()
        if looks:
            kept = Moments(Path(folder) / "moments").all()
            found |= {"moments": len(kept), "last": kept[-1].names, "steps": kept[-1].step}
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0, help="CPU seconds of one training")
    parser.add_argument("--only", choices=list(WORKLOADS))
    arguments = parser.parse_args()
    machine.settle()
    for name, workload in WORKLOADS.items():
        if arguments.only not in (None, name):
            continue
        document = {"version": 1, **deepcopy(workload)}
        document["training"] |= {"device": "cpu", "precision": "float32", "threads": 1, "epochs": 1}
        once = train(document, {}, looks=False)
        if once < arguments.seconds / 10:
            document["training"]["epochs"] = 21
            once = max((train(document, {}, looks=False) - once) / 20, 1e-4)
        document["training"]["epochs"] = max(1, round(arguments.seconds / once))
        shares: list[float] = []
        inside: list[float] = []
        found: dict[str, Any] = {}
        for number in range(arguments.rounds):
            turns = (True, False) if number % 2 else (False, True)
            took = {looks: train(document, found, looks) for looks in turns}
            shares.append(took[True] / took[False] - 1)
            inside.append(found["spent"] / (took[True] - found["spent"]))
        budget = found.pop("looking").budget
        print(json.dumps({
            "workload": name, "share": round(statistics.median(shares), 4), "rounds": [round(one, 4) for one in shares],
            "inside": round(statistics.median(inside), 4),
            "cpu_seconds": round(took[False], 2), "epochs": document["training"]["epochs"], **found,
            "by_its_own_measure": round(budget.looked / budget.trained, 4),
            "milliseconds": {who: round(1e3 * each.cost, 2) for who, each in sorted(budget.accounts.items())},
            "turns": {who: each.turns for who, each in sorted(budget.accounts.items())},
            "load": round(os.getloadavg()[0], 1),
        }), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
