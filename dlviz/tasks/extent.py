"""Extent: what the examples of a training part are like, kept inside the network that is to make such examples."""

from __future__ import annotations

import torch
from torch import Tensor, fx, nn

from dlviz.tasks.units import add_last


class Extent(nn.Module):
    """y = x, or with `squash` y = low + (high - low) · sigmoid(x): then x holds logits, and y stays within the bounds.

    `mean` is the training part's mean example, in the shape of an example; `low` and `high` are its least and its
    greatest number, one for each channel of a picture or each column of a row. They are saved with the weights.
    """

    mean: Tensor
    low: Tensor
    high: Tensor

    def __init__(self, mean: Tensor, low: Tensor, high: Tensor, squash: bool) -> None:
        super().__init__()
        self.squash = squash
        self.register_buffer("mean", mean)
        self.register_buffer("low", low)
        self.register_buffer("high", high)

    def forward(self, x: Tensor) -> Tensor:
        return torch.lerp(self.low, self.high, x.to(self.low.dtype).sigmoid()) if self.squash else x

    def share(self, x: Tensor) -> Tensor:
        """Examples (N, …) with `low` as 0 and `high` as 1."""
        return (x - self.low) / (self.high - self.low)


def add_extent(network: fx.GraphModule, shape: tuple[int, ...], examples: Tensor | None, squash: bool) -> None:
    """Put an `Extent` behind the network's output, in place, so that its own code and every deep copy has it.

    `examples` (N, *shape) are those to learn it from; None: a checkpoint is about to bring the numbers.
    """
    bounds = (shape[0],) + (1,) * (len(shape) - 1)
    mean, low, high = torch.zeros(shape), torch.zeros(bounds), torch.ones(bounds)
    if examples is not None:
        channels = examples.flatten(2) if len(shape) > 1 else examples[..., None]  # (N, channels, numbers)
        mean = examples.double().mean(0).float()
        low, high = channels.amin((0, 2)).reshape(bounds), channels.amax((0, 2)).reshape(bounds)
        high = torch.where(high > low, high, low + 1)  # a column that never changes
    add_last(network, Extent(mean, low, high, squash), "extent")


def extent_of(network: nn.Module) -> Extent:
    """The `Extent` of a network that `add_extent` has prepared."""
    found = [child for child in network.children() if isinstance(child, Extent)]
    assert found, "prepare() comes before losses()"
    return found[-1]


def with_logits(network: nn.Module, given: Tensor) -> tuple[Tensor, Tensor]:
    """(what the network makes, what came into its `Extent`): the logits, which lose nothing where the result has come
    to a bound."""
    kept: list[Tensor] = []
    watch = extent_of(network).register_forward_pre_hook(lambda _, arguments: kept.append(arguments[0]))
    try:
        made: Tensor = network(given)
    finally:
        watch.remove()
    return made, kept[0]
