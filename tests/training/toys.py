"""Small runs for the tests of training: seconds, not minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dlviz.core.files import write_json
from dlviz.training.events import read_events
from dlviz.training.folder import RunFolder

#: Everything that must survive a kill at once: dropout, batch norm, momentum, a schedule, chance in the data.
DEMANDING: dict[str, Any] = {
    "version": 1,
    "data": {"kind": "Digits"},
    "networks": {
        "model": [
            {"kind": "Input"},
            {"kind": "Flatten"},
            {"kind": "Linear", "out_features": 32},
            {"kind": "BatchNorm1d"},
            {"kind": "ReLU"},
            {"kind": "Dropout", "p": 0.3},
            {"kind": "Linear", "out_features": "auto"},
        ]
    },
    "optimization": {
        "optimizer": {"kind": "SGD", "lr": 0.05, "momentum": 0.9},
        "schedule": {"kind": "CosineAnnealingLR"},
        "augmentations": [{"kind": "GaussianNoise"}],
    },
    "training": {"epochs": 6, "batch_size": 32, "device": "cpu"},
    "seed": 3,
}


def spiral(**training: Any) -> dict[str, Any]:
    """A 2-8-1 sized classifier of points."""
    return {
        "version": 1,
        "data": {"kind": "Toy2d", "pattern": "circles", "size": 200},
        "networks": {
            "model": [
                {"kind": "Input"},
                {"kind": "Linear", "out_features": 8, "name": "hidden"},
                {"kind": "Tanh"},
                {"kind": "Linear", "out_features": "auto", "name": "out"},
            ]
        },
        "optimization": {"optimizer": {"kind": "SGD", "lr": 0.1}},
        "training": {"epochs": 5, "batch_size": 10, "device": "cpu", **training},
    }


def make_run(folder: Path, document: dict[str, Any]) -> RunFolder:
    folder.mkdir(parents=True, exist_ok=True)
    run = RunFolder(folder)
    write_json(run.spec_file, document)
    return run


def curve(run: RunFolder) -> list[dict[str, Any]]:
    """All records that are numbers of the training, without what the clock says."""
    clock = ("time", "seconds", "examples_per_second", "seconds_left")
    return [
        {key: value for key, value in record.items() if key not in clock}
        for record in read_events(run.events_file)
        if record["type"] in ("train", "epoch", "end")
    ]


def wait_for(true: Callable[[], Any], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def steps(run: RunFolder) -> int:
    return max((record["step"] for record in read_events(run.events_file)), default=0)
