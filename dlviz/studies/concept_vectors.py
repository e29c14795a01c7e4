"""Concept vectors: the direction in a layer that leads from any examples to those that show a concept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from dlviz.core.values import Array
from dlviz.explainers.batches import batches
from dlviz.explainers.explainer import Step
from dlviz.explainers.subject import Score
from dlviz.studies.saying import at_once

#: How strongly the direction is kept from following single examples, as a share of their mean squared length.
_RIDGE = 0.01
#: The share of the examples by which it is tried whether a direction tells the concept from the rest.
_HELD = 3


class Directions:
    """Directions among rows (n, D) of a layer's numbers, from some of them to others. A layer has many more numbers
    than there are rows, so all is worked out from the products of the rows with each other, taken once."""

    def __init__(self, rows: Tensor) -> None:
        self._rows = rows.float() - rows.float().mean(0)  # a shift of all moves no direction, and keeps digits
        self._products = (self._rows @ self._rows.T).double()

    def weights(self, shown: Tensor, others: Tensor) -> Tensor:
        """(n,) how each row goes into the unit vector along which the rows `shown` and `others` (their numbers) are
        told apart best: a linear classifier by least squares with a ridge."""
        at = torch.cat([shown, others])
        own = self._products[at][:, at]
        centred = own - own.mean(0) - own.mean(1, keepdim=True) + own.mean()
        labels = torch.cat(
            [torch.full((len(shown),), 1.0 / len(shown)), torch.full((len(others),), -1.0 / len(others))]
        )
        ridge = _RIDGE * centred.diagonal().mean().clamp(min=1e-12) * len(at)
        found = torch.linalg.solve(centred + ridge * torch.eye(len(at), dtype=torch.float64), labels.double())
        found = found - found.mean()
        length = (found @ own @ found).clamp(min=1e-60).sqrt()
        return torch.zeros(len(self._rows), dtype=torch.float64).index_put((at,), found / length)

    def vectors(self, weights: Tensor) -> Tensor:
        """The unit vectors (K, D) of weights (K, n)."""
        return weights @ self._rows.double()

    def told_apart(self, shown: Tensor, others: Tensor) -> float:
        """The share of held-back rows that such a direction puts on the right side: .5 is chance."""
        first, second = (at[torch.arange(len(at)) % _HELD != 0] for at in (shown, others))
        along = self._products @ self.weights(first, second)
        border = (along[first].mean() + along[second].mean()) / 2
        right = torch.cat([along[shown[::_HELD]] > border, along[others[::_HELD]] <= border])
        return float(right.double().mean())


def layer_slopes(layer: nn.Module, score: Score, inputs: Tensor, step: Step) -> Tensor:
    """The gradient of the score with respect to what `layer` gives, for inputs (N, *shape): (N, D)."""
    found = []
    for part in batches(len(inputs), at_once(inputs[0])):
        given: list[Tensor] = []

        def cut(module: nn.Module, entered: tuple[Tensor, ...], output: Tensor, given: list[Tensor] = given) -> Tensor:
            given.append(output.detach().requires_grad_())
            return given[-1]

        hook = layer.register_forward_hook(cut)
        try:
            with torch.enable_grad():
                total = score(inputs[part]).sum()
        finally:
            hook.remove()
        (slopes,) = torch.autograd.grad(total, given[-1])
        found.append(slopes.flatten(1))
        step(part.stop, len(inputs))
    return torch.cat(found)


@dataclass(frozen=True)
class Pull:
    """What several directions do to a score: `shares`, of how many examples it rises along each; `strengths`, the mean
    cosine between each and the score's own gradient."""

    shares: Array
    strengths: Array

    @classmethod
    def of(cls, slopes: Tensor, directions: Tensor) -> Pull:
        """`slopes` (N, D) of examples, `directions` (K, D) of length 1."""
        along = slopes.double() @ directions.T  # (N, K)
        lengths = slopes.double().norm(dim=1, keepdim=True)
        cosines = torch.where(lengths > 0, along / lengths.clamp(min=1e-300), 0.0)
        return cls((along > 0).double().mean(0).numpy(), cosines.mean(0).numpy())


@contextmanager
def shuffled(modules: Sequence[nn.Module], chance: torch.Generator) -> Iterator[None]:
    """Within, the weights of these modules stand in another order: as large as before, but nothing that was learned."""
    weights = [weight for module in modules for weight in module.parameters(recurse=False)]
    before = [weight.detach().clone() for weight in weights]
    try:
        with torch.no_grad():
            for weight in weights:
                weight.copy_(weight.flatten()[torch.randperm(weight.numel(), generator=chance)].view_as(weight))
        yield
    finally:
        with torch.no_grad():
            for weight, own in zip(weights, before, strict=True):
                weight.copy_(own)


def unlike_means(one: Array, other: Array) -> float:
    """The probability that two groups of numbers with the same mean would lie as far apart (Welch's t-test)."""
    from scipy.stats import t

    spreads = [float(group.var(ddof=1)) / len(group) for group in (one, other)]
    apart = abs(float(one.mean() - other.mean()))
    if sum(spreads) < 1e-18:
        return 1.0 if apart < 1e-9 else 0.0
    free = sum(spreads) ** 2 / sum(
        spread**2 / (len(group) - 1) for spread, group in zip(spreads, (one, other), strict=True)
    )
    return float(2 * t.sf(apart / np.sqrt(sum(spreads)), free))


def beyond(value: float, others: Array) -> float:
    """How likely a value as far from 0 is by chance: the share of `others` that are, itself counted."""
    return float((1 + (np.abs(others) >= abs(value)).sum()) / (1 + len(others)))
