"""Sourced: a network that reads a text and writes another, seen as one that only writes; the text stays the same."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dlviz.core.values import Tokens


class Sourced(nn.Module):
    """Called with the answer so far (N, L); `network` reads one made-up text of `kind` beside it."""

    def __init__(self, network: nn.Module, kind: Tokens) -> None:
        super().__init__()
        self.network = network
        many = len(kind.vocabulary)
        self.register_buffer("text", torch.arange(kind.length) * 5 % max(1, many - 2) + min(2, many - 1), False)
        self.text: Tensor

    def forward(self, so_far: Tensor) -> Tensor:
        logits: Tensor = self.network(self.text.to(so_far.device).expand(len(so_far), -1), so_far)
        return logits
