"""Looks: where a network looked in one text while it wrote another."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dlviz.layers.multihead_attention import Attention, keeping_weights


@torch.no_grad()
def cross_attention(network: nn.Module, source: Tensor, so_far: Tensor) -> dict[str, Tensor]:
    """The weights of each attention from one text to the other, by the name of its layer, in order: (N, heads, L, S)
    for `source` (N, S) and the answer so far (N, L), each row's sum 1. Empty: the network has no such layer."""
    found: dict[str, Tensor] = {}
    hooks = []
    attends = {name: module for name, module in network.named_modules() if isinstance(module, Attention)}
    for name, layer in attends.items():

        def told(module: nn.Module, given: tuple[Tensor, ...], output: Tensor, name: str = name) -> None:
            assert isinstance(module, Attention)
            if len(given) > 1 and given[1].dtype != torch.bool and module.weights is not None:
                found[name] = module.weights.detach()
            module.weights = None

        hooks.append(layer.register_forward_hook(told))
    training = network.training
    network.eval()
    try:
        with keeping_weights(attends.values()):
            network(source, so_far)
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    return found
