"""Gradients of examples: how the loss of one example would move if the network took a step on another one.

For a plain step w ← w - η ∇ℓ(w, z') the loss of z falls by η ∇ℓ(w, z)·∇ℓ(w, z') to first order. So all that is needed
is the product of the two gradients, for one z and every z'.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from dlviz.core.problems import WrongInput
from dlviz.datasets.data import Batch, Examples, Fields
from dlviz.explainers.batches import batches
from dlviz.tasks.task import Networks, Task

#: Examples whose gradients are taken together.
_AT_ONCE = 64
#: Called with how many examples were taken.
Taken = Callable[[int], None]


def last_products(
    task: Task, networks: Networks, fields: Fields, last: nn.Linear, one: Batch, many: Examples, rows: Tensor,
    taken: Taken,
) -> Tensor:  # fmt: skip
    """(N,) the products of the gradient of the one example and of each of `many` at `rows`, with respect to the weights
    of the last layer alone.

    ∇_W ℓ = Σ_t δ_t a_tᵀ with a what goes into the layer and δ the gradient at what it gives, so that no gradient is
    ever written out: for one place t the product is (δ·δ')(a·a' + 1).
    """
    entered, slopes = _at_last(task, networks, fields, last, one)
    weight = torch.einsum("tc,td->cd", slopes[0], entered[0])
    bias = slopes[0].sum(0) if last.bias is not None else torch.zeros_like(slopes[0, 0])
    found = []
    for part in batches(len(rows), _AT_ONCE):
        entered, slopes = _at_last(task, networks, fields, last, many.batch(rows[part]))
        found.append(torch.einsum("ntc,cd,ntd->n", slopes, weight, entered) + slopes.sum(1) @ bias)
        taken(part.stop - part.start)
    return torch.cat(found)


def all_products(
    task: Task, networks: Networks, fields: Fields, one: Batch, many: Examples, rows: Tensor, taken: Taken
) -> Tensor:
    """The same with respect to all weights: for each batch the derivative of its examples' losses along the gradient of
    the one, by going back twice."""
    weights = [weight for network in networks.values() for weight in network.parameters()]
    for weight in weights:
        weight.requires_grad_()
    try:
        # attention by plain products: only so has its gradient a gradient
        with sdpa_kernel(SDPBackend.MATH):
            direction = _along(_losses(task, networks, fields, one).sum(), weights)
            found = []
            for part in batches(len(rows), _AT_ONCE):
                losses = _losses(task, networks, fields, many.batch(rows[part]))
                ones = torch.ones_like(losses, requires_grad=True)
                back = torch.autograd.grad(losses, weights, ones, create_graph=True, allow_unused=True)
                pairs = [
                    (slope * along).sum()
                    for slope, along in zip(back, direction, strict=True) if slope is not None
                ]  # fmt: skip
                (products,) = torch.autograd.grad(torch.stack(pairs).sum(), ones)
                found.append(products.double())
                taken(part.stop - part.start)
        return torch.cat(found)
    finally:
        for weight in weights:
            weight.requires_grad_(False)


def _losses(task: Task, networks: Networks, fields: Fields, batch: Batch) -> Tensor:
    """(N,) the loss of each example, with a graph."""
    with torch.enable_grad():
        losses = task.example_losses(networks, task.forward(networks, batch, fields), batch, fields)
    if losses is None or not losses.requires_grad:
        raise WrongInput(f"{task.kind()} tells no loss of a single example that has a gradient.")
    return losses


def _along(loss: Tensor, weights: list[nn.Parameter]) -> list[Tensor]:
    found = torch.autograd.grad(loss, weights, allow_unused=True)
    return [
        torch.zeros_like(weight) if slope is None else slope.detach()
        for slope, weight in zip(found, weights, strict=True)
    ]


def _at_last(task: Task, networks: Networks, fields: Fields, last: nn.Linear, batch: Batch) -> tuple[Tensor, Tensor]:
    """(What goes into the last layer (N, places, D), the gradient of each example's loss at what it gives (N, places,
    C)), as float64."""
    seen: list[tuple[Tensor, Tensor]] = []

    def cut(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        leaf = output.detach().requires_grad_()
        seen.append((inputs[0].detach(), leaf))
        return leaf

    hook = last.register_forward_hook(cut)
    try:
        losses = _losses(task, networks, fields, batch)
    finally:
        hook.remove()
    (entered, leaf) = seen[-1]
    (slopes,) = torch.autograd.grad(losses.sum(), leaf)
    count = len(losses)
    return (
        entered.double().reshape(count, -1, entered.shape[-1]),
        slopes.double().reshape(count, -1, slopes.shape[-1]),
    )
