"""Attention capture: what every attention layer of a network looks at during a pass, dlviz's own and torch's.

Torch's transformer layers hide their weights: they ask their attention for none, and a fast path goes around it. Here
each attention is asked through a hook, its caller still gets what it asked for, and the fast path is off meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from dlviz.layers.multihead_attention import Attention, keeping_weights
from dlviz.tasks.task import Networks

#: The arguments of torch's attention, in their order.
_ARGUMENTS = (
    "query", "key", "value", "key_padding_mask", "need_weights", "attn_mask", "average_attn_weights", "is_causal",
)  # fmt: skip


@dataclass(frozen=True)
class Attended:
    """One call of an attention layer.

    `weights` (N, heads, queries, keys); `inside` holds the same numbers as the tensor that the score hangs on, in
    whatever shape: a gradient is taken with respect to it. `gathered` is what the layer gave, `query` and `memory` what
    it was given, one and the same tensor where a sequence looks at itself; each (N, steps, features) or, where
    `steps_first`, (steps, N, features).
    """

    place: str
    weights: Tensor
    inside: Tensor
    gathered: Tensor
    query: Tensor
    memory: Tensor
    steps_first: bool

    def by_step(self, tensor: Tensor) -> Tensor:
        """`gathered`, `query`, `memory`, or a gradient of theirs, with the example first: (N, steps, features)."""
        if tensor.dim() == 2:  # torch's attention takes a single example without a batch, too
            return tensor[None]
        return tensor.transpose(0, 1) if self.steps_first else tensor


def attention_layers(networks: Networks) -> dict[str, nn.Module]:
    """All attention layers by their place in the networks (`model.encoder1.self_attn`)."""
    return {
        f"{role}.{name}" if name else role: module
        for role, network in networks.items()
        for name, module in network.named_modules()
        if isinstance(module, Attention | nn.MultiheadAttention)
    }


@contextmanager
def capturing(networks: Networks) -> Iterator[list[Attended]]:
    """While it lasts, each call of an attention layer is added to the list, in the order of the calls. With gradients
    enabled the weights have one, even where the network's own are frozen. Everything is put back afterwards."""
    found: list[Attended] = []
    handles: list[Any] = []
    layers = attention_layers(networks)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        for place, module in layers.items():
            if isinstance(module, Attention):
                handles.append(module.register_forward_pre_hook(_given))
                handles.append(module.register_forward_hook(_kept(place, found)))
            else:
                asked: list[tuple[bool, bool]] = []
                handles.append(module.register_forward_pre_hook(_asked(asked), with_kwargs=True))
                handles.append(module.register_forward_hook(_returned(place, found, asked), with_kwargs=True))
        with keeping_weights(layer for layer in layers.values() if isinstance(layer, Attention)):
            yield found
    finally:
        for handle in handles:
            handle.remove()
        torch.backends.mha.set_fastpath_enabled(fast)


def _given(module: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same inputs, each with a gradient; what was one tensor stays one, for by that a layer knows its own."""
    if not torch.is_grad_enabled():
        return arguments
    made: dict[int, Tensor] = {}

    def with_gradient(given: Any) -> Any:
        if not isinstance(given, Tensor) or not given.is_floating_point() or given.requires_grad:
            return given
        return made.setdefault(id(given), given.detach().requires_grad_())

    return tuple(with_gradient(given) for given in arguments)


def _kept(place: str, found: list[Attended]) -> Any:
    """Keeps a call of dlviz's attention: (query, [memory], [mask]) → what it gathered."""

    def hook(module: Attention, given: tuple[Tensor, ...], output: Tensor) -> None:
        memory = given[1] if len(given) > 1 and given[1].dtype != torch.bool else given[0]
        assert module.weights is not None
        found.append(Attended(place, module.weights, module.weights, output, given[0], memory, False))
        module.weights = None

    return hook


def _asked(asked: list[tuple[bool, bool]]) -> Any:
    """Asks a call of torch's attention for the weights of each head, and notes what its caller asked for."""

    def hook(module: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], Any]:
        every = {**dict(zip(_ARGUMENTS, given, strict=False)), **named}
        asked.append((every.get("need_weights", True), every.get("average_attn_weights", True)))
        sequences = _given(module, tuple(every.pop(name) for name in _ARGUMENTS[:3]))
        return sequences, {**every, "need_weights": True, "average_attn_weights": False}

    return hook


def _returned(place: str, found: list[Attended], asked: list[tuple[bool, bool]]) -> Any:
    """Keeps a call of torch's attention, and gives its caller what it asked for."""

    def hook(module: nn.MultiheadAttention, given: tuple[Tensor, ...], named: Any, output: Any) -> Any:
        gathered, weights = output
        # what is returned is a view of the tensor that was computed with
        inside = weights if weights._base is None else weights._base
        each = weights if weights.dim() == 4 else weights[None]
        found.append(Attended(place, each, inside, gathered, given[0], given[1], not module.batch_first))
        wanted, averaged = asked.pop()
        return gathered, (weights.mean(-3) if averaged else weights) if wanted else None

    return hook
