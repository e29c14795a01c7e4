"""How much memory a training takes, and how fast it is where its data lie on disk.

    python benchmarks/memory.py [--pictures 50000] [--epochs 2] [--rounds 3]

Pictures of noise in CIFAR-10's form (3 × 32 × 32, 10 classes) are put into a zip, and the whole product trains a small
convolutional network on them, each time in a process of its own:

  resident   the pictures fit in memory: its peak against that of a bare loop on the same tensors (both hold the data)
  on disk    DLVIZ_MEMORY is set so low that they lie on disk; twice a second the system is made to forget what it
             holds of files (needs root; else `cold` is false), so that about every example comes from the disk.
             Throughput over the epochs, against that of `resident`, interleaved.

Prints a line of JSON a measurement. Peaks are of the resident set (ru_maxrss), in MiB.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

CNN = [
    {"kind": "Input"},
    {"kind": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1}, {"kind": "ReLU"},
    {"kind": "MaxPool2d", "kernel_size": 2},
    {"kind": "Conv2d", "out_channels": 64, "kernel_size": 3, "padding": 1}, {"kind": "ReLU"},
    {"kind": "MaxPool2d", "kernel_size": 2},
    {"kind": "Flatten"}, {"kind": "Linear", "out_features": "auto"},
]  # fmt: skip
_DROP = Path("/proc/sys/vm/drop_caches")


def pictures(file: Path, many: int) -> None:
    """A zip with `many` pictures of noise in ten folders."""
    from PIL import Image

    chance = np.random.default_rng(0)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as made:
        for number in range(many):
            content = io.BytesIO()
            noise = chance.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(noise).save(content, "PNG", compress_level=1)
            made.writestr(f"class{number % 10}/{number}.png", content.getvalue())


def spec(file: Path, epochs: int) -> dict[str, Any]:
    return {
        "version": 1,
        "data": {"kind": "ImageFolder", "path": str(file)},
        "networks": {"model": CNN},
        "optimization": {"optimizer": {"kind": "Adam", "lr": 0.001}},
        "training": {"epochs": epochs, "batch_size": 128, "device": "cpu", "precision": "float32"},
    }


def product(file: Path, epochs: int) -> dict[str, Any]:
    """One run as a worker does it."""
    from dlviz.core.files import write_json
    from dlviz.training import worker
    from dlviz.training.loop import Loop

    train, found = Loop.train, {}

    def timed(self: Loop) -> None:
        over = threading.Event()
        found["cold"] = self.batches.examples.on_disk and drop_cache()
        if found["cold"]:
            threading.Thread(target=keep_dropping, args=(over,), daemon=True).start()
        began, read = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_inblock
        train(self)
        seconds = time.monotonic() - began
        over.set()
        found["on_disk"] = self.batches.examples.on_disk
        found["examples_per_second"] = self.epochs * len(self.batches.examples) / seconds
        found["read_mib"] = (resource.getrusage(resource.RUSAGE_SELF).ru_inblock - read) / 2048
        found["data_mib"] = sum(c.numel() * c.element_size() for p in ("train", "validation", "test")
                                for c in self.data.part(p).columns.values()) / 2**20  # fmt: skip

    Loop.train = timed  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as folder:
        write_json(Path(folder) / "spec.json", spec(file, epochs))
        status = worker.main(folder)
        assert status == "finished", (Path(folder) / "state.json").read_text()
    return found


def bare(file: Path, epochs: int) -> dict[str, Any]:
    """The steps as one would write them by hand, on the same tensors."""
    import torch
    import torch.nn.functional as F

    from dlviz.training.spec import Spec

    data = Spec.parse(spec(file, epochs)).data.load(0)
    inputs, labels = data.train.columns["image"], data.train.columns["label"]
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 32, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(32, 64, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(64 * 64, 10),
    )  # fmt: skip
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001)
    began = time.monotonic()
    for _ in range(epochs):
        for index in torch.randperm(len(labels)).split(128):
            optimizer.zero_grad()
            F.cross_entropy(network(inputs[index]), labels[index]).backward()
            optimizer.step()
        with torch.no_grad():
            for start in range(0, len(data.validation), 1024):
                network(data.validation.columns["image"][start : start + 1024])
    return {"examples_per_second": epochs * len(labels) / (time.monotonic() - began)}


def in_process(what: str, file: Path, epochs: int, environment: dict[str, str]) -> dict[str, Any]:
    """Run one of the two in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", what, "--file", str(file), "--epochs", str(epochs)],
        env={**os.environ, **environment}, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def drop_cache() -> bool:
    """Forget all files that the system holds in memory; False where it may not."""
    try:
        _DROP.write_text("3")
        return True
    except OSError:
        return False


def keep_dropping(over: threading.Event) -> None:
    while not over.wait(0.5):
        drop_cache()


def one(arguments: argparse.Namespace) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"product": product, "bare": bare}[arguments.one](Path(arguments.file), arguments.epochs)
    print(
        json.dumps(
            {**found, "start_mib": before, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=50_000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", choices=("product", "bare"), help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one(arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "noise.zip"
        pictures(file, arguments.pictures)
        home = {"DLVIZ_HOME": folder}
        resident, stored, ratios = [], [], []
        for number in range(arguments.rounds):
            turns = [("resident", home), ("on disk", {**home, "DLVIZ_MEMORY": "1000000"})]
            for name, environment in turns if number % 2 else reversed(turns):
                found = in_process("product", file, arguments.epochs, environment)
                (resident if name == "resident" else stored).append(found)
                print(json.dumps({"what": name, **found}), flush=True)
            ratios.append(stored[-1]["examples_per_second"] / resident[-1]["examples_per_second"])
        loop = in_process("bare", file, arguments.epochs, home)
        print(json.dumps({"what": "bare", **loop}), flush=True)
        peak = statistics.median(found["peak_mib"] for found in resident)
        print(json.dumps({
            "on_disk_over_resident": round(statistics.median(ratios), 3),
            "peak_over_bare": round(peak / loop["peak_mib"], 3),
            "allowed_mib": round(resident[0]["data_mib"] + 1.3 * (loop["peak_mib"] - resident[0]["data_mib"])),
            "peak_mib": round(peak), "on_disk_peak_mib": round(statistics.median(f["peak_mib"] for f in stored)),
        }))  # fmt: skip


if __name__ == "__main__":
    main()
