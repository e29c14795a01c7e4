"""Small networks that learned from data with a giveaway, or without one: seconds each, made once for all tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.core.values import Tokens
from dlviz.datasets.data import Data
from dlviz.datasets.planted import Planted
from dlviz.explainers.explainer import Question
from dlviz.studies.study import Inquiry
from dlviz.tasks.classification import Classification


@dataclass(frozen=True)
class Cheat:
    """A data set with a giveaway (or none), and a network that learned it by heart."""

    planted: Planted
    data: Data
    network: nn.Module
    carriers: dict[str, Tensor]

    @property
    def target(self) -> int:
        return self.planted.target(self.data.fields)

    @property
    def input(self) -> str:
        return next(iter(self.data.fields.inputs))

    def question(self, part: str = "test", index: int = 0, target: int | None = None) -> Question:
        inputs = {self.input: self.data.part(part).columns[self.input][index : index + 1]}
        asked = self.target if target is None else target
        return Question(Classification(), {"model": self.network}, self.data, inputs, asked)

    def inquiry(self, target: int | None = None) -> Inquiry:
        return Inquiry(self.question(target=target), "test", 0)


class Bag(nn.Module):
    """The mean of a text's embedded words, then one layer."""

    def __init__(self, words: int, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, 16, padding_idx=0)
        self.out = nn.Linear(16, classes)

    def forward(self, ids: Tensor) -> Tensor:
        known = (ids != 0).float()
        mean = (self.embedding(ids) * known[..., None]).sum(1) / known.sum(1, keepdim=True).clamp(min=1)
        logits: Tensor = self.out(mean)
        return logits


def dense(data: Data, classes: int) -> nn.Module:
    kind = next(iter(data.fields.inputs.values()))
    if isinstance(kind, Tokens):
        return Bag(len(kind.vocabulary), classes)
    wide = int(torch.tensor(kind.shape()).prod())
    return nn.Sequential(nn.Flatten(), nn.Linear(wide, 32), nn.ReLU(), nn.Linear(32, classes))


def convolutional(data: Data, classes: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, classes),
    )  # fmt: skip


_MADE = {"dense": dense, "convolutional": convolutional}
EPOCHS = {"Digits": 15, "BreastCancer": 40, "ToyText": 15}


@cache
def cheat(of: str = "Digits", share: float = 0.9, net: str = "dense", **settings: Any) -> Cheat:
    """Train it; the same is trained once."""
    label = {"Digits": "8"}.get(of, "auto")
    planted = Planted.model_validate({"of": of, "share": share, "label": label, **settings})
    data = planted.load(0)
    target = next(iter(data.fields.targets))
    x, y = data.train.columns[next(iter(data.fields.inputs))], data.train.columns[target]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = _MADE[net](data, int(y.max()) + 1)
        optimizer = torch.optim.Adam(network.parameters(), 3e-3)
        for _ in range(EPOCHS[of]):
            for index in torch.randperm(len(x)).split(32):
                loss = F.cross_entropy(network(x[index]), y[index])
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
    network.eval().requires_grad_(False)
    return Cheat(planted, data, network, planted.carriers(data, 0))
