"""Texts, series and sounds in which it is known what decides, and small networks that have learned it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.core.values import Audio, Category, Kind, Series, Tokens
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.layers.log_mel import MelSpectrogram
from dlviz.layers.padding_mask import PaddingMask
from dlviz.layers.pool_steps import OverSteps


@dataclass(frozen=True)
class World:
    """A network that has learned, one that has not, the data, and of each example where what decides lies: the first
    step, token or sample and the one behind the last."""

    network: nn.Module
    fresh: nn.Module
    data: Data
    places: list[tuple[int, int]]


def data(inputs: Tensor, classes: Tensor, kind: Kind, names: tuple[str, ...]) -> Data:
    part = Examples({"x": inputs, "y": classes}, torch.arange(len(inputs)))
    return Data(Fields({"x": kind}, {"y": Category(names=names)}, 3 * len(inputs)), part, part, part, {})


def learned(network: nn.Module, inputs: Tensor, classes: Tensor, steps: int, lr: float = 0.01) -> nn.Module:
    """The network after so many steps of Adam on batches of 64, each drawn by its own generator."""
    random = torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(network.parameters(), lr, weight_decay=0.01)
    network.train()
    for _ in range(steps):
        at = torch.randint(0, len(inputs), (64,), generator=random)
        loss = F.cross_entropy(network(inputs[at]), classes[at])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    network.eval()
    with torch.no_grad():
        assert (network(inputs).argmax(1) == classes).float().mean() > 0.97
    return network


WORDS = Tokens(vocabulary=("<pad>", "<unk>", "good", "bad", *(f"w{number}" for number in range(36))), length=16)


class Reader(nn.Module):
    """Filters over one and three words, the strongest answer of each."""

    def __init__(self, width: int = 12, filters: int = 16) -> None:
        super().__init__()
        self.mask = PaddingMask.module()
        self.embedding = nn.Embedding(len(WORDS.vocabulary), width)
        self.one = nn.Conv1d(width, filters, 1)
        self.three = nn.Conv1d(width, filters, 3, padding=1)
        self.relu_one, self.relu_three = nn.ReLU(), nn.ReLU()
        self.pool_one, self.pool_three = OverSteps("max"), OverSteps("max")
        self.output = nn.Linear(2 * filters, 2)

    def forward(self, ids: Tensor) -> Tensor:
        mask = self.mask(ids)
        words = self.embedding(ids).masked_fill(mask[..., None], 0).transpose(1, 2)
        one = self.pool_one(self.relu_one(self.one(words)).transpose(1, 2), mask)
        three = self.pool_three(self.relu_three(self.three(words)).transpose(1, 2), mask)
        logits: Tensor = self.output(torch.cat([one, three], 1))
        return logits


def texts() -> World:
    """Eight to sixteen words by chance, one of them `good` or `bad`, which alone decides."""
    random = torch.Generator().manual_seed(1)
    count = 400
    ids = torch.randint(4, len(WORDS.vocabulary), (count, WORDS.length), generator=random)
    lengths = torch.randint(8, WORDS.length + 1, (count,), generator=random)
    places = (torch.rand(count, generator=random) * lengths).long()
    classes = torch.arange(count) % 2
    ids[torch.arange(count), places] = 2 + classes
    ids[torch.arange(WORDS.length) >= lengths[:, None]] = 0
    torch.manual_seed(0)
    network, fresh = Reader(), Reader()
    learned(network, ids, classes, 250)
    spans = [(place, place + 1) for place in places.tolist()]
    return World(network, fresh.eval(), data(ids, classes, WORDS, ("good", "bad")), spans)


LINES = Series(names=("load", "sun"), steps=64)


def series() -> World:
    """Two random walks at any level; a tremble of eight steps in one of them: in which of the two decides."""
    random = torch.Generator().manual_seed(2)
    count, width = 600, 8
    walks = 0.1 * torch.randn(count, 2, LINES.steps, generator=random).cumsum(2)
    walks = walks + 10 * torch.rand(count, 2, 1, generator=random)
    classes = torch.arange(count) % 2
    starts = torch.randint(0, LINES.steps - width + 1, (count,), generator=random)
    steps = torch.arange(LINES.steps)
    inside = (steps >= starts[:, None]) & (steps < starts[:, None] + width)
    tremble = 0.5 * (1 - 2 * (steps % 2)) * inside
    walks[torch.arange(count), classes] += tremble
    torch.manual_seed(0)

    def made() -> nn.Sequential:
        return nn.Sequential(
            nn.InstanceNorm1d(2), nn.Conv1d(2, 16, 5, padding=2), nn.ReLU(), nn.Conv1d(16, 16, 5, padding=2), nn.ReLU(),
            nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(16, 2),
        )  # fmt: skip

    network, fresh = made(), made()
    learned(network, walks, classes, 400)
    spans = [(start, start + width) for start in starts.tolist()]
    return World(network, fresh.eval(), data(walks, classes, LINES, ("load", "sun")), spans)


RATE, SAMPLES, LOW, HIGH = 4000, 4096, 400.0, 1000.0
SOUND = Audio(rate=RATE, samples=SAMPLES)


def sounds() -> World:
    """Hiss with a tone of an eighth of a second somewhere in it, low or high, which decides."""
    random = torch.Generator().manual_seed(3)
    count, width = 300, 512
    waves = 0.05 * torch.randn(count, SAMPLES, generator=random)
    classes = torch.arange(count) % 2
    starts = torch.randint(0, SAMPLES - width + 1, (count,), generator=random)
    pitch = torch.where(classes == 1, HIGH, LOW)[:, None]
    time = torch.arange(SAMPLES)
    tone = 0.4 * torch.sin(2 * torch.pi * pitch * time / RATE)
    inside = (time >= starts[:, None]) & (time < starts[:, None] + width)
    waves = waves + tone * inside
    torch.manual_seed(0)

    def made() -> nn.Sequential:
        return nn.Sequential(
            MelSpectrogram(RATE, 256, 128, 24, 0.0, RATE / 2), nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(),
            nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveMaxPool2d((24, 1)), nn.Flatten(), nn.Linear(192, 2),
        )  # fmt: skip

    network, fresh = made(), made()
    learned(network, waves, classes, 60, lr=0.005)
    spans = [(start, start + width) for start in starts.tolist()]
    return World(network, fresh.eval(), data(waves, classes, SOUND, ("low", "high")), spans)
