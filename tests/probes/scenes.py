"""Scenes to look at, made as a run makes them."""

from __future__ import annotations

from typing import Any

import torch

from dlviz.probes.scene import Scene, Stage, Weights
from dlviz.training.loop import Loop, Watcher
from dlviz.training.prepare import prepare
from dlviz.training.spec import Spec

CNN = [
    {"kind": "Input"},
    {"kind": "Conv2d", "out_channels": 6, "kernel_size": 3, "padding": 1, "name": "conv"},
    {"kind": "BatchNorm2d", "name": "norm"},
    {"kind": "ReLU", "name": "relu"},
    {"kind": "MaxPool2d", "kernel_size": 2},
    {"kind": "Flatten"},
    {"kind": "Linear", "out_features": 12, "name": "hidden"},
    {"kind": "Sigmoid", "name": "sigmoid"},
    {"kind": "Dropout"},
    {"kind": "Linear", "out_features": "auto", "name": "out"},
]
TEXT = [
    {"kind": "Input", "name": "input"},
    {"kind": "PaddingMask", "name": "mask", "inputs": ["input"]},
    {"kind": "Embedding", "embedding_dim": 8, "name": "words", "inputs": ["input"]},
    {"kind": "MultiheadAttention", "num_heads": 2, "name": "attention", "inputs": ["words", "mask"]},
    {"kind": "LSTM", "hidden_size": 6, "output": "last", "name": "lstm", "inputs": ["attention", "mask"]},
    {"kind": "Linear", "out_features": "auto", "name": "out", "inputs": ["lstm"]},
]
TANH = [
    {"kind": "Input", "name": "input"},
    {"kind": "Linear", "out_features": 5, "name": "hidden"},
    {"kind": "Tanh", "name": "tanh"},
    {"kind": "Linear", "out_features": "auto", "name": "out"},
]

SPECS: dict[str, dict[str, Any]] = {
    "points": {"data": {"kind": "Toy2d", "pattern": "circles", "size": 200}, "networks": {"model": TANH}},
    "pictures": {"data": {"kind": "Digits"}, "networks": {"model": CNN}},
    "table": {"data": {"kind": "Diabetes"}, "networks": {"model": TANH}},
    "text": {"data": {"kind": "ToyText"}, "networks": {"model": TEXT}},
    "pairs": {"data": {"kind": "ToyReversal", "digits": 4, "size": 200}},
    "gan": {"data": {"kind": "Toy2d", "pattern": "gaussians", "size": 200}, "task": {"kind": "Gan"}},
    "vae": {"data": {"kind": "Digits"}, "task": {"kind": "Reconstruction", "variant": "variational"}},
}


def loop_of(name: str) -> Loop:
    document = {"version": 1, "seed": 1, "training": {"device": "cpu", "epochs": 1}, **SPECS[name]}
    spec = Spec.parse(document)
    data = spec.data.load(spec.seed)
    return prepare(spec.completed(data.fields), data, torch.device("cpu"), Watcher())


def stage_of(loop: Loop) -> Stage:
    return Stage(loop.task, loop.networks, loop.spec.networks or {}, loop.task.roles(loop.fields), loop.data)


def scene_of(loop: Loop, stage: Stage, before: Weights | None = None, **more: Any) -> Scene:
    stage.follow()
    return Scene(stage, loop.step, 0.0, before, **more)
