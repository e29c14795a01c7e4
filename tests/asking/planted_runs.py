"""Runs on data with a giveaway, trained in a second or two, for the tests of film, comparison and lab."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dlviz.asking.load import Opened, load
from dlviz.training import worker
from tests.training.toys import make_run

DENSE = ["Input", "Flatten", {"kind": "Linear", "out_features": 32}, "ReLU", {"kind": "Linear", "out_features": "auto"}]
ROWS = ["Input", {"kind": "Linear", "out_features": 32}, "ReLU", {"kind": "Linear", "out_features": "auto"}]
BAG = [
    {"name": "input", "kind": "Input"},
    {"name": "mask", "kind": "PaddingMask", "inputs": ["input"]},
    {"name": "embedding", "kind": "Embedding", "embedding_dim": 16, "inputs": ["input"]},
    {"name": "pool", "kind": "PoolSteps", "mode": "mean", "inputs": ["embedding", "mask"]},
    {"name": "output", "kind": "Linear", "out_features": "auto"},
]
_NETWORKS = {"Digits": (DENSE, 8, {"label": "8"}), "BreastCancer": (ROWS, 30, {}), "ToyText": (BAG, 12, {})}


def planted_run(folder: Path, of: str = "Digits", seed: int = 0, **settings: Any) -> Opened:
    """A run that has ended, opened."""
    network, epochs, usual = _NETWORKS[of]
    document = {
        "version": 1, "data": {"kind": "Planted", "of": of, **usual, **settings}, "networks": {"model": network},
        "optimization": {"optimizer": {"kind": "Adam", "lr": 0.003}},
        "training": {"epochs": epochs, "batch_size": 32, "device": "cpu", "threads": 1, "precision": "float32"},
        "seed": seed,
    }  # fmt: skip
    run = make_run(folder, document)
    assert worker.main(run.path) == "finished", run.state()
    return load(run)
