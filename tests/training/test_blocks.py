"""A network with blocks trains, is kept under the names of its layers, comes back, and is explained like any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from dlviz.blocks import builtin
from dlviz.core.problems import WrongInput
from dlviz.explainers.places import look
from dlviz.layers.linear import Linear
from dlviz.training import worker
from dlviz.training.restore import restore
from dlviz.training.spec import Spec
from tests.training.toys import make_run, spiral


def document() -> dict[str, Any]:
    stage = {"name": "stage1", **builtin()["Residual"].node(channels=8), "repeat": 2}
    return {
        "version": 1,
        "data": {"kind": "Digits"},
        "networks": {
            "model": [
                "Input",
                {"kind": "Conv2d", "name": "stem", "out_channels": 8, "padding": 1},
                stage,
                {"name": "down", **builtin()["ResidualDown"].node(channels=8)},
                "Flatten",
                {"kind": "Linear", "name": "out", "out_features": "auto"},
            ]
        },
        "training": {"epochs": 1, "batch_size": 256},
    }


def test_a_network_with_blocks_trains_and_comes_back(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", document())
    assert worker.main(run.path) == "finished", run.state()
    (weights,) = run.checkpoints.glob("*.safetensors")
    names = set(load_file(weights))
    kept = ("stage1.0.conv1.weight", "stage1.1.norm2.running_mean", "down.project.weight")
    assert {f"networks/model/{name}" for name in kept} <= names, names
    network = restore(run).networks["model"]
    _, spatial = look(network.eval(), network, torch.zeros(1, 1, 8, 8))
    assert {"stem", "stage1.0.conv1", "stage1.1.add", "down.project"} <= set(spatial)


def rows(inner: list[Any], **training: Any) -> dict[str, Any]:
    """A classifier of points with a block in it."""
    drawn = spiral(**training)
    drawn["networks"]["model"].insert(2, {"kind": "Block", "name": "stage1", "repeat": 2, "nodes": ["Input", *inner]})
    return drawn


def test_a_broken_layer_of_a_block_is_named_by_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Breaks(torch.nn.Linear):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            return super().forward(input) / 0

    monkeypatch.setattr(
        Linear,
        "build",
        lambda self, *shapes: (Breaks if self.out_features == 5 else torch.nn.Linear)(shapes[0][-1], self.out_features),
    )
    run = make_run(tmp_path / "run", rows([{"kind": "Linear", "name": "breaks", "out_features": 5}]))
    assert worker.main(run.path) == "failed"
    assert "layer `stage1.0.breaks`" in run.state()["error"]


def test_the_smallest_batch_of_the_layers_inside_counts() -> None:
    with pytest.raises(WrongInput, match="at least 2 for `stage1`"):
        Spec.parse(rows(["BatchNorm1d"], batch_size=1)).completed()
