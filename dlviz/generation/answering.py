"""Answering: a network that reads one text and writes another, token by token.

What hangs on the first text alone (the encoder) is computed once. What hangs on the answer so far (the decoder) goes on
from what it remembers, where its layers allow it; whether that is right for a network is found out by trying.
"""

from __future__ import annotations

import copy
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from dlviz.generation.cached import remembering

#: How many steps are compared, and how far logits may be apart: sums in another order.
_TRIED, _APART = 4, 1e-3


class Answering(Protocol):
    """What writes answers to N texts, step by step."""

    def read(self, ids: Tensor) -> Tensor:
        """Read one further token of each answer (N,); the logits (N, V) of the next."""

    def keep(self, rows: Tensor) -> None:
        """Go on with these of the answers (an index into N, repeats allowed), as a beam search does."""


@torch.no_grad()
def answering(network: nn.Module, source: Tensor, length: int) -> Answering:
    """What writes answers of up to `length` tokens to texts (N, S), with a memory where the network allows it.

    `network` gives logits (N, L, V) for (source (N, S), the answer so far (N, L))."""
    plain = Whole(network, source, length)
    try:
        made = Stepwise(network, source[:1])
        tried = Whole(network, source[:1], length)
        for step in range(min(_TRIED, length)):
            token = torch.full((1,), 2 + step, device=source.device)
            one, other = made.read(token), tried.read(token)
            if not torch.allclose(one.float(), other.float(), atol=_APART, rtol=_APART):
                return plain
        return Stepwise(network, source)
    except Exception:  # layers are as manifold as drawings; what cannot be stepped is read whole
        return plain


class Whole:
    """Reads the whole answer again for each token."""

    def __init__(self, network: nn.Module, source: Tensor, length: int) -> None:
        self.network, self.source, self.length = network, source, length
        self.ids = source.new_zeros((len(source), 0))

    @torch.no_grad()
    def read(self, ids: Tensor) -> Tensor:
        self.ids = torch.cat((self.ids, ids[:, None]), dim=1)
        training = self.network.training
        self.network.eval()
        try:
            many = self.ids.shape[1]
            logits: Tensor = self.network(self.source, F.pad(self.ids, (0, max(0, self.length - many))))
            return logits[:, many - 1]
        finally:
            self.network.train(training)

    def keep(self, rows: Tensor) -> None:
        self.source, self.ids = self.source[rows], self.ids[rows]


class Stepwise:
    """Reads each token once: the encoder has run, the decoder remembers."""

    def __init__(self, network: nn.Module, source: Tensor) -> None:
        """A copy is made; the network itself stays as it is. Raises `TypeError` where a layer needs later steps, or
        where it is not known what hangs on the answer."""
        if not isinstance(network, fx.GraphModule):
            raise TypeError("it is no graph")
        whole = copy.deepcopy(network).eval()
        first, second = (node for node in whole.graph.nodes if node.op == "placeholder")
        later = _later(whole, second)
        self.known = _Known(whole, later).run(source, source[:, :1])
        self.memories = remembering(whole, {str(node.target) for node in later if node.op == "call_module"})
        self.steps, self.second = whole, second

    @torch.no_grad()
    def read(self, ids: Tensor) -> Tensor:
        logits: Tensor = fx.Interpreter(self.steps).run(initial_env={**self.known, self.second: ids[:, None]})
        return logits[:, -1]

    def keep(self, rows: Tensor) -> None:
        self.known = {node: value[rows] if isinstance(value, Tensor) else value for node, value in self.known.items()}
        for one in self.memories:
            one.keep(rows)


def _later(network: fx.GraphModule, answer: fx.Node) -> list[fx.Node]:
    """The nodes that hang on the answer, in order."""
    found = {answer}
    for node in network.graph.nodes:
        if found & set(node.all_input_nodes):
            found.add(node)
    return [node for node in network.graph.nodes if node in found]


class _Known(fx.Interpreter):
    """What every node gives that does not hang on the answer."""

    def __init__(self, network: fx.GraphModule, later: list[fx.Node]) -> None:
        super().__init__(network, garbage_collect_values=False)
        self.later = set(later)

    def run_node(self, n: fx.Node) -> Any:
        return None if n in self.later else super().run_node(n)

    @torch.no_grad()
    def run(self, *args: Any, **named: Any) -> dict[fx.Node, Any]:
        super().run(*args, **named)
        return {node: value for node, value in self.env.items() if node not in self.later}
