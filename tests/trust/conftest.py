"""Three small networks of which is known what they look at, and three ways to explain that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.core.values import Category, Image, Kind, Tokens, Vector
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step
from dlviz.explainers.occlusion import Occlusion
from dlviz.explainers.piecewise import subject
from dlviz.tasks.classification import Classification

CLASSES = Category(names=("no", "yes"))
SIDE, PATCH, COLUMNS, WORDS, LENGTH = 16, 4, 10, 24, 12


@dataclass(frozen=True)
class Known:
    """A trained network, its data, and questions about what it predicts, of those where it is known why."""

    network: nn.Module
    data: Data
    shown: list[int]

    def questions(self, most: int = 6) -> list[Question]:
        (name,) = self.data.fields.inputs
        column = self.data.test.columns[name]
        return [
            Question(Classification(), {"model": self.network}, self.data, {name: column[at : at + 1]}, 1)
            for at in self.shown[:most]
        ]


def trained(network: nn.Module, batch: Callable[[], tuple[Tensor, Tensor]], steps: int, rate: float) -> nn.Module:
    optimizer = torch.optim.AdamW(network.parameters(), rate, weight_decay=0.01)
    for _ in range(steps):
        x, y = batch()
        loss = F.cross_entropy(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    network.eval().requires_grad_(False)
    x, y = batch()
    assert (network(x).argmax(1) == y).float().mean() > 0.95
    return network


def known(network: nn.Module, kind: Kind, x: Tensor, y: Tensor) -> Known:
    part = Examples({"x": x, "y": y}, torch.arange(len(x)))
    data = Data(Fields({"x": kind}, {"y": CLASSES}, 3 * len(x)), part, part, part, {})
    sure = (network(x).softmax(1)[:, 1] > 0.9) & (y == 1)
    return Known(network, data, sure.nonzero().flatten().tolist())


@pytest.fixture(scope="session")
def pictures() -> Known:
    """Noise, into every second picture of which a bright patch of 4 × 4 is put: that decides."""
    random = torch.Generator().manual_seed(0)

    def batch(count: int = 64) -> tuple[Tensor, Tensor]:
        x = 0.5 + 0.2 * torch.randn(count, 1, SIDE, SIDE, generator=random)
        y = torch.arange(count) % 2
        for row, place in enumerate(PATCH * torch.randint(0, SIDE // PATCH, (count, 2), generator=random)):
            if y[row]:
                top, left = place.tolist()
                x[row, 0, top : top + PATCH, left : left + PATCH] = 1.0
        return x, y

    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(2), nn.AvgPool2d(4), nn.Flatten(), nn.Linear(16, 2),
    )  # fmt: skip
    return known(trained(network, batch, 300, 1e-2), Image(channels=1, height=SIDE, width=SIDE), *batch(100))


@pytest.fixture(scope="session")
def rows() -> Known:
    """Ten columns of noise; the class is whether 2 · the first + the second - the third is above 0."""
    random = torch.Generator().manual_seed(1)

    def batch(count: int = 64) -> tuple[Tensor, Tensor]:
        x = torch.randn(count, COLUMNS, generator=random)
        return x, (2 * x[:, 0] + x[:, 1] - x[:, 2] > 0).long()

    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(COLUMNS, 16), nn.Tanh(), nn.Linear(16, 2))
    names = tuple(f"c{number}" for number in range(COLUMNS))
    return known(trained(network, batch, 400, 2e-2), Vector(names=names), *batch(100))


class Reader(nn.Module):
    """A recurrent network that reads a text: it answers by the largest of its states."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 16, padding_idx=0)
        self.recurrent = nn.GRU(16, 16, batch_first=True)
        self.output = nn.Linear(16, 2)

    def forward(self, ids: Tensor) -> Tensor:
        states, _ = self.recurrent(self.embedding(ids))
        logits: Tensor = self.output(states.amax(1))
        return logits


@pytest.fixture(scope="session")
def texts() -> Known:
    """Twelve words drawn at random; whether the word "yes" is among them decides."""
    random = torch.Generator().manual_seed(2)

    def batch(count: int = 64) -> tuple[Tensor, Tensor]:
        x = torch.randint(3, WORDS, (count, LENGTH), generator=random)
        y = torch.arange(count) % 2
        places = torch.randint(0, LENGTH, (count,), generator=random)
        x[torch.arange(count)[y == 1], places[y == 1]] = 2
        return x, y

    torch.manual_seed(0)
    vocabulary = ("", "<unk>", "yes", *(f"w{number}" for number in range(WORDS - 3)))
    return known(trained(Reader(), batch, 300, 1e-2), Tokens(vocabulary=vocabulary, length=LENGTH), *batch(100))


class Wrong(Explainer, abstract=True):
    """Not registered: no page may offer it."""

    paper: ClassVar[str] = "none"
    reading: ClassVar[str] = "Nothing."
    misleads: ClassVar[str] = "Always."
    cost: ClassVar[str] = "nothing"

    def why_not(self, *about: Any) -> str | None:
        return None


class RandomMap(Wrong, abstract=True):
    """Numbers drawn by the input: others for each input, the same for each network."""

    def explain(self, question: Question, step: Step) -> Explanation:
        about = subject(question)
        shape = (about.pieces.count,) if about.named else tuple(about.x.shape[1:])
        own = int(about.x.double().abs().sum() * 1e6) % 2**31
        return Explanation(np.random.default_rng(own).normal(size=shape), about.attribution(), 0.0, "")


class EdgeDetector(Wrong, abstract=True):
    """What stands out in the input, whatever the network: a picture's edges, a row's unusual columns, a text's
    beginning."""

    def explain(self, question: Question, step: Step) -> Explanation:
        about = subject(question)
        x = about.x[0].double()
        if about.over == "text":
            found = -np.arange(about.pieces.count, dtype=float)
        elif about.over == "columns":
            found = np.asarray((x - about.seen().double().mean(0)).abs())
        else:
            down, across = (F.pad(x.diff(dim=1).abs(), (0, 0, 0, 1)), F.pad(x.diff(dim=2).abs(), (0, 1)))
            found = (down + across).numpy()
        return Explanation(found, about.attribution(), 0.0, "")


class WrongClass(Wrong, abstract=True):
    """A true explanation, of the other class."""

    def explain(self, question: Question, step: Step) -> Explanation:
        return Occlusion().explain(replace(question, target=1 - question.target), step)


@pytest.fixture(scope="session")
def wrong() -> dict[str, Explainer]:
    return {"random": RandomMap(), "edges": EdgeDetector(), "other class": WrongClass()}
