"""Write: a network writes on, token by token."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from dlviz.core.values import Tokens
from dlviz.generation.cached import cached, device_of, whole_logits
from dlviz.generation.sampling import drawn, shaped

#: Token ids below this are never written: padding, and the unknown token.
FIRST = 2


def write(
    network: nn.Module, prompt: Tensor, kind: Tokens, *, many: int, temperature: float = 1.0, top_k: int = 0,
    top_p: float = 1.0, random: torch.Generator | None = None,
) -> Iterator[int]:  # fmt: skip
    """`many` token ids that the network writes after `prompt` (L,), one by one.

    `network` gives logits (N, L, V) for ids (N, L) of `kind`. Where the text outgrows what the network can see,
    it goes on from the last half of that. What is drawn depends on `random` alone (its device is the processor).
    """
    ids = [token for token in prompt.tolist() if token] or [1]
    reader = _Reader(network, kind)
    for number in range(many):
        logits = (reader.further(ids) if number else reader.begin(ids)).float().clone()
        logits[:FIRST] = float("-inf")
        token = int(drawn(shaped(logits, temperature, top_k, top_p), random))
        ids.append(token)
        yield token


class _Reader:
    """What reads the text so far: with a memory where the network allows it."""

    def __init__(self, network: nn.Module, kind: Tokens) -> None:
        self.network, self.length, self.device = network, kind.length, device_of(network)
        self.memory = cached(network, kind.length, len(kind.vocabulary))

    def begin(self, ids: list[int]) -> Tensor:
        """The logits (V,) after all of it, as far as the network can see."""
        memory = self.memory
        if memory is None:
            window = ids[-self.length :]
            return whole_logits(self.network, self._row(window), self.length)[0, len(window) - 1]
        memory.forget()
        return memory.read(self._row(ids if memory.limit is None else ids[-memory.limit :]))[0]

    def further(self, ids: list[int]) -> Tensor:
        """The same, where all but the last token was read before."""
        memory = self.memory
        if memory is None or (memory.limit is not None and memory.read_so_far >= memory.limit):
            half = ids if memory is None else ids[-max(1, self.length // 2) :]
            return self.begin(half)
        return memory.read(self._row(ids[-1:]))[0]

    def _row(self, ids: list[int]) -> Tensor:
        return torch.tensor([ids], device=self.device)
