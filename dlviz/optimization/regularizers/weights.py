"""Which learned numbers a penalty on weights is for."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


def weights_and_gradients(parameters: Sequence[nn.Parameter]) -> tuple[list[Tensor], list[Tensor]]:
    """The weights that have a gradient, and those gradients. Biases and the scales and shifts of normalisation
    layers, which have one dimension, are left out: pulling them to 0 does not make a network simpler."""
    found = [(p.detach(), p.grad) for p in parameters if p.grad is not None and p.ndim > 1]
    return [weight for weight, _ in found], [gradient for _, gradient in found]
