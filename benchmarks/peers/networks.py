"""The networks as a user of torch writes them; every peer on torch trains these."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Lstm(nn.Module):
    """98 steps of 8 numbers, a memory of 128."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 128, batch_first=True)
        self.out = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        _, (hidden, _) = self.lstm(x.reshape(len(x), 98, 8))
        logits: Tensor = self.out(hidden[-1])
        return logits


class Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        n, steps, width = x.shape
        q, k, v = (part.view(n, steps, self.heads, -1).transpose(1, 2) for part in self.qkv(x).split(width, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        found: Tensor = self.proj(y.transpose(1, 2).reshape(n, steps, width))
        return found


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        y: Tensor = x + self.feed(self.norm2(x))
        return y


class Gpt(nn.Module):
    """49 steps of 16 numbers, 4 causal blocks of 128 features and 4 heads; the last step is judged."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(16, 128)
        self.register_buffer("places", places(49, 128))
        self.blocks = nn.Sequential(*(Block(128, 4) for _ in range(4)))
        self.norm, self.out = nn.LayerNorm(128), nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.enter(x.reshape(len(x), 49, 16)) + self.places
        logits: Tensor = self.out(self.norm(self.blocks(x))[:, -1])
        return logits


def places(steps: int, width: int) -> Tensor:
    """Sines and cosines (Vaswani et al. 2017)."""
    at = torch.arange(steps)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    return torch.stack([at.sin(), at.cos()], dim=2).flatten(1)


def network(name: str, features: int) -> nn.Module:
    if name == "cnn":
        return nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(64 * 49, 128), nn.ReLU(), nn.Linear(128, 10),
        )  # fmt: skip
    if name == "lstm":
        return Lstm()
    if name == "gpt":
        return Gpt()
    if name == "table":
        return nn.Sequential(
            nn.Linear(features, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(),
            nn.Linear(128, 2),
        )  # fmt: skip
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 2))


def optimizer(name: str, network: nn.Module, lr: float) -> torch.optim.Optimizer:
    """As one types it, with torch's defaults."""
    kinds: dict[str, type[torch.optim.Optimizer]] = {"Adam": torch.optim.Adam, "SGD": torch.optim.SGD}
    return kinds[name](network.parameters(), lr=lr)  # type: ignore[call-arg]
