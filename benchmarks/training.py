"""Training through the whole product against a bare torch loop that does the same steps.

    python benchmarks/training.py [--rounds 5] [--seconds 8] [--only tiny]

Both run on the same resident tensors, from the same weights, with the same number of threads and the same settings of
the allocator, in turns within one process each round; the bare loop makes one plain validation pass an epoch. The
product runs with all it does: events, state, commands, metrics, checkpoints, views. Measured is CPU time of the
training alone (after the first step is set up, before the test part), because the machine may be shared. Prints
a line of JSON a workload: throughput of the product divided by that of the bare loop, median over the rounds.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from dlviz.core.files import write_json
from dlviz.training import machine, worker
from dlviz.training.batches import derived_seed
from dlviz.training.folder import RunFolder
from dlviz.training.loop import Loop
from dlviz.training.recorder import Recorder
from dlviz.training.spec import Spec


def dense(*widths: int, activation: str) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = [{"kind": "Input"}]
    for width in widths:
        layers += [{"kind": "Linear", "out_features": width}, {"kind": activation}]
    return [*layers, {"kind": "Linear", "out_features": "auto"}]


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

#: name → (spec, the ratio to reach)
WORKLOADS: dict[str, tuple[dict[str, Any], float]] = {
    "fashion-cnn": (
        {
            "data": {"kind": "FashionMnist"},
            "networks": {"model": CNN},
            "optimization": {"optimizer": {"kind": "Adam", "lr": 0.001}},
            "training": {"batch_size": 128},
        },
        0.97,
    ),
    "table-mlp": (
        {
            "data": {"kind": "Toy2d", "pattern": "gaussians", "size": 20000},
            "networks": {"model": dense(128, 128, 128, activation="ReLU")},
            "optimization": {"optimizer": {"kind": "Adam", "lr": 0.001}},
            "training": {"batch_size": 256},
        },
        0.97,
    ),
    "tiny": (
        {
            "data": {"kind": "Toy2d", "pattern": "circles", "size": 500},
            "networks": {"model": dense(8, activation="Tanh")},
            "optimization": {"optimizer": {"kind": "SGD", "lr": 0.03}},
            "training": {"batch_size": 10},
        },
        0.9,
    ),
}


class Clock:
    """CPU seconds spent between the first step and the end of the training."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.steps = 0


def product(document: dict[str, Any], clock: Clock) -> None:
    """One run as a worker does it, its `train` timed."""
    train = Loop.train

    def timed(self: Loop) -> None:
        began = time.process_time()
        train(self)
        clock.seconds, clock.steps = time.process_time() - began, self.step

    Loop.train = timed  # type: ignore[method-assign]
    try:
        with tempfile.TemporaryDirectory() as folder:
            write_json(Path(folder) / "spec.json", document)
            status = worker.main(folder)
            assert status == "finished", RunFolder(Path(folder)).state()
    finally:
        Loop.train = train  # type: ignore[method-assign]


def bare(document: dict[str, Any], clock: Clock) -> None:
    """The same steps as one would write them by hand."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Spec.parse(document)
        data = spec.data.load(spec.seed)
        spec = spec.completed(data.fields)
        loop = worker.prepare(spec, data, torch.device("cpu"), Recorder(RunFolder(Path(folder)), {}))
    network, optimizer = loop.networks["model"], loop.optimizers["model"]
    inputs, labels = (data.train.columns[name] for name in (*data.fields.inputs, *data.fields.targets))
    held_inputs, held_labels = (data.validation.columns[name] for name in (*data.fields.inputs, *data.fields.targets))
    size, steps = loop.training.batch_size, 0
    network.train()
    began = time.process_time()
    for epoch in range(loop.epochs):
        order = torch.randperm(
            len(labels), generator=torch.Generator().manual_seed(derived_seed(spec.seed, "order", epoch))
        )
        shuffled, targets = inputs[order], labels[order]
        for start in range(0, loop.batches.used, size):
            loss = F.cross_entropy(network(shuffled[start : start + size]), targets[start : start + size])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
        network.eval()
        with torch.no_grad():
            for start in range(0, len(held_labels), 1024):
                logits = network(held_inputs[start : start + 1024])
                F.cross_entropy(logits, held_labels[start : start + 1024]).item()
        network.train()
    clock.seconds, clock.steps = time.process_time() - began, steps


def epochs_for(document: dict[str, Any], seconds: float) -> int:
    """How many epochs take about so long."""
    probe, clock = copy.deepcopy(document), Clock()
    probe["training"]["epochs"] = 1
    bare(probe, clock)
    return max(1, round(seconds / clock.seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0, help="CPU seconds of one bare training")
    parser.add_argument("--only", choices=list(WORKLOADS))
    arguments = parser.parse_args()
    machine.settle()
    for name, (workload, wanted) in WORKLOADS.items():
        if arguments.only not in (None, name):
            continue
        document = {"version": 1, **copy.deepcopy(workload)}
        document["training"]["device"] = "cpu"
        document["training"]["epochs"] = epochs_for(document, arguments.seconds)
        ratios = []
        for number in range(arguments.rounds):
            mine, theirs = Clock(), Clock()
            turns = [lambda: product(document, mine), lambda: bare(document, theirs)]  # noqa: B023
            for turn in turns if number % 2 else reversed(turns):
                turn()
            assert mine.steps == theirs.steps
            ratios.append(theirs.seconds / mine.seconds)
        print(json.dumps({
            "workload": name, "ratio": round(statistics.median(ratios), 3), "wanted": wanted,
            "rounds": [round(ratio, 3) for ratio in ratios], "epochs": document["training"]["epochs"],
            "steps": mine.steps, "steps_per_cpu_second": round(mine.steps / mine.seconds, 1),
            "threads": torch.get_num_threads(), "load": round(os.getloadavg()[0], 1),
        }), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
