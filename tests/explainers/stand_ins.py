"""Small data, tasks and networks with known answers, for the tests of explainers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dlviz.core.values import Audio, Category, Image, Kind, Scalar, Series, Table, Tokens, Value, Vector
from dlviz.datasets.data import Data, Encoder, Examples, Fields
from dlviz.explainers.explainer import Explainer, Explanation, Question
from dlviz.layers.log_mel import MelSpectrogram
from dlviz.layers.transpose import Swap
from dlviz.network.build import build
from dlviz.tasks.regression import Regression
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task


class Grouped(Encoder):
    """A stand-in for a table's encoder: a number, a category of three words, a number."""

    def groups(self) -> dict[str, list[int]]:
        return {"age": [0], "town": [1, 2, 3], "income": [4]}

    def decode(self, tensor: Tensor) -> Value:
        rows = [[f"{r[0]:.2f}", "abc"[int(r[1:4].argmax())], f"{r[4]:.2f}"] for r in tensor]
        return Value(Table(columns=("age", "town", "income")), np.array(rows))


def examples(kind: Kind, count: int, seed: int = 0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    if isinstance(kind, Tokens):
        ids = torch.randint(1, len(kind.vocabulary), (count, kind.length), generator=random)
        lengths = torch.randint(3, kind.length + 1, (count, 1), generator=random)
        return ids * (torch.arange(kind.length) < lengths)
    made = torch.rand(count, *kind.shape(), generator=random)
    return made - 0.5 if isinstance(kind, Audio) else made


def data(inputs: Tensor, kind: Kind, target: Kind, encoders: dict[str, Encoder] | None = None) -> Data:
    """The same examples as training, validation and test part."""
    count = len(inputs)
    if isinstance(target, Category):
        targets = torch.arange(count) % len(target.names)
    else:
        targets = torch.linspace(0, 9, count)
    fields = Fields({"x": kind}, {"y": target}, 3 * count)
    part = Examples({"x": inputs, "y": targets}, torch.arange(count))
    return Data(fields, part, part, part, encoders or {})


class Linear(nn.Module):
    """score = w · x + 1, whatever the input's shape."""

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, x: Tensor) -> Tensor:
        return (x * self.weights).flatten(1).sum(1, keepdim=True) + 1


class Formula(nn.Module):
    """A network that computes a formula of its rows."""

    def __init__(self, formula: Any) -> None:
        super().__init__()
        self.formula = formula

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.formula(x)
        return result[:, None]


def explained(
    method: Explainer, network: nn.Module, inputs: Tensor, among: Data, target: int = 0, task: Task | None = None
) -> Explanation:
    question = Question(task or Regression(), {"model": network}, among, {"x": inputs[None]}, target)
    return method.explain(question, lambda done, of: None)


def convolutional(channels: int, height: int, outputs: int, width: int = 0) -> nn.Sequential:
    """Of pictures; `width` 0: square ones."""
    places = 16 * (height // 4) * ((width or height) // 4)
    layers: Sequence[tuple[str, nn.Module]] = (
        ("conv", nn.Conv2d(channels, 8, 3, padding=1)),
        ("relu", nn.ReLU()),
        ("pool", nn.MaxPool2d(2)),
        ("conv_2", nn.Conv2d(8, 16, 3, padding=1)),
        ("norm", nn.BatchNorm2d(16)),
        ("relu_2", nn.ReLU()),
        ("pool_2", nn.MaxPool2d(2)),
        ("flatten", nn.Flatten()),
        ("drop", nn.Dropout(0.5)),
        ("linear", nn.Linear(places, outputs)),
    )
    return nn.Sequential(OrderedDict(layers))


def dense(width: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(width, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Dropout(0.3), nn.Linear(16, outputs)
    )  # fmt: skip


def reading(outputs: int) -> nn.Sequential:
    """Of texts: words side by side, their mean."""
    return nn.Sequential(
        nn.Embedding(len(TEXT.vocabulary), 6), Swap(), nn.Conv1d(6, 8, 3, padding=1), nn.ReLU(),
        nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, outputs),
    )  # fmt: skip


def attending(outputs: int) -> nn.Module:
    """Of texts: one layer of attention, the mean of its steps."""
    layers: list[dict[str, Any]] = [
        {"name": "input", "kind": "Input"},
        {"name": "mask", "kind": "PaddingMask"},
        {"name": "embedding", "kind": "Embedding", "embedding_dim": 8, "inputs": ["input"]},
        {"name": "block", "kind": "TransformerEncoderLayer", "nhead": 2, "dim_feedforward": 16,
         "inputs": ["embedding", "mask"]},
        {"name": "pool", "kind": "PoolSteps", "mode": "mean", "inputs": ["block", "mask"]},
        {"name": "output", "kind": "Linear", "out_features": outputs},
    ]  # fmt: skip
    return build(graph(layers), {"x": TEXT.shape()}, (outputs,))


def along(outputs: int) -> nn.Sequential:
    """Of series: filters along the steps of two channels."""
    return nn.Sequential(
        nn.Conv1d(2, 8, 3, padding=1), nn.BatchNorm1d(8), nn.ReLU(), nn.MaxPool1d(2), nn.Flatten(),
        nn.Linear(8 * 12, outputs),
    )  # fmt: skip


def listening(outputs: int) -> nn.Sequential:
    """Of sounds: their spectrogram of 8 bands by 17 moments, and filters over it."""
    return nn.Sequential(
        MelSpectrogram(1000, 64, 32, 8, 0.0, 500.0), nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(4 * 4 * 8, outputs),
    )  # fmt: skip


TEXT = Tokens(vocabulary=("<pad>", "<unk>", "a", "cat", "sat", "on", "mats"), length=9)
SERIES = Series(names=("rain", "sun"), steps=24)
SOUND = Audio(rate=1000, samples=512)
CLASSES = Category(names=("cat", "dog", "owl"))
NUMBER = Scalar(unit="m")
GREY = Image(channels=1, height=8, width=8)
COLOUR = Image(channels=3, height=12, width=8)
ROW = Vector(names=("age", "town=a", "town=b", "town=c", "income"))
POINT = Vector(names=("x", "y"))


def table(count: int, seed: int = 0) -> Tensor:
    """Rows of ROW: the category is one-hot."""
    random = torch.Generator().manual_seed(seed)
    town = torch.eye(3)[torch.randint(0, 3, (count,), generator=random)]
    return torch.cat([torch.randn(count, 1, generator=random), town, torch.randn(count, 1, generator=random)], 1)
