"""Rescale: DeepLIFT's rule, by which a difference in score is handed back through a network, layer by layer.

A layer that bends (ReLU, tanh) hands back in proportion to by how much what it gave differs for each difference in what
it took, in place of its gradient; a maximum hands the whole of its difference to the place that won. All other layers
hand back as their gradient does, which is right where they are linear. The numbers are those of shap's `DeepExplainer`,
as tests hold; here the input goes through the network once beside all that it is held against, not once beside each.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.explainers.additive import BENDS, MAXIMA
from dlviz.explainers.subject import Score
from dlviz.tasks.task import Networks

#: Differences so small are taken for none: a layer that bends has its gradient there, a maximum hands nothing back.
_NONE, _NOTHING = 1e-6, 1e-7
_POOLS: dict[type[nn.Module], Any] = {
    nn.MaxPool1d: F.max_pool1d, nn.MaxPool2d: F.max_pool2d, nn.MaxPool3d: F.max_pool3d,
}  # fmt: skip


def rescaled(networks: Networks, score: Score, x: Tensor, held: Tensor) -> tuple[Tensor, Tensor]:
    """The scores (1 + B,) of `x` (1, *shape) and of what it is `held` against (B, *shape), and each position's share of
    each of the differences (B, *shape). The networks must be `steady`. Raises `RuntimeError` where something overwrites
    what a layer gave."""
    both = torch.cat([x, held]).detach().requires_grad_()

    def watch(module: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> Tensor | None:
        taken: Tensor = inputs[0]
        if not taken.requires_grad or len(taken) % len(both):
            return None
        rule = _bent if isinstance(module, BENDS) else _won
        return rule(module, taken, output, len(both))

    watched = [module for network in networks.values() for module in network.modules()]
    hooks = [module.register_forward_hook(watch) for module in watched if isinstance(module, BENDS | MAXIMA)]
    try:
        with torch.enable_grad():
            scores = score(both)
    finally:
        for hook in hooks:
            hook.remove()
    (found,) = torch.autograd.grad(scores[1:].sum(), both)
    return scores.detach(), found[1:] * (x - held)


def _apart(given: Tensor, count: int) -> Tensor:
    """By how much what belongs to the first of `count` inputs differs from what belongs to each of the others."""
    each = given.view(count, -1, *given.shape[1:])
    return (each[:1] - each[1:]).flatten(0, 1)


def _bent(module: nn.Module, taken: Tensor, given: Tensor, count: int) -> Tensor:
    taken_apart = _apart(taken.detach(), count)
    factors = _apart(given.detach(), count).div_(taken_apart)
    alike = taken_apart.abs_() < _NONE
    if alike.any():
        (steep,) = torch.autograd.grad(given, taken, torch.ones((), dtype=given.dtype).expand_as(given))
        factors = torch.where(alike, steep[-len(factors) :], factors)
    handed: Tensor = _Bent.apply(taken, given.detach(), factors)
    return handed


def _won(module: Any, taken: Tensor, given: Tensor, count: int) -> Tensor:
    pool = next(pool for kind, pool in _POOLS.items() if isinstance(module, kind))
    window = module.kernel_size, module.stride, module.padding, module.dilation, module.ceil_mode
    each = taken.detach().view(count, -1, *taken.shape[1:])
    # the larger of two maxima lies where that of both inputs together does
    places = pool(torch.maximum(each[:1], each[1:]).flatten(0, 1), *window, return_indices=True)[1].flatten(2)
    taken_apart = _apart(taken.detach(), count).flatten(2).gather(2, places)
    factors = _apart(given.detach(), count).flatten(2).div_(taken_apart)
    factors.masked_fill_(taken_apart.abs_() < _NOTHING, 0)
    handed: Tensor = _Won.apply(taken, given.detach(), factors, places)
    return handed


class _Bent(torch.autograd.Function):
    """`given`, which hands back to what the layer has `taken` as many times what comes as `factors` say; none to what
    belongs to the first input, which is not asked for."""

    @staticmethod
    def forward(ctx: Any, taken: Tensor, given: Tensor, factors: Tensor) -> Tensor:
        ctx.save_for_backward(factors)
        return given

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None, None]:
        (factors,) = ctx.saved_tensors
        handed = torch.zeros_like(slopes[0])
        torch.mul(slopes[0][-len(factors) :], factors, out=handed[-len(factors) :])
        return handed, None, None


class _Won(torch.autograd.Function):
    """Likewise for each window, `factors` (N, channels, windows): all goes to the one of its `places`."""

    @staticmethod
    def forward(ctx: Any, taken: Tensor, given: Tensor, factors: Tensor, places: Tensor) -> Tensor:
        ctx.save_for_backward(taken.detach(), factors, places)
        return given

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None, None, None]:
        taken, factors, places = ctx.saved_tensors
        handed = torch.zeros_like(taken.flatten(2))  # that lies in memory as the layer's input does
        handed[-len(factors) :].scatter_(2, places, slopes[0][-len(factors) :].flatten(2) * factors)
        return handed.unflatten(2, taken.shape[2:]), None, None, None
