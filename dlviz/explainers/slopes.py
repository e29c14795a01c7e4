"""Slopes: scores with their gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from dlviz.explainers.subject import Score


def slopes(score: Score, inputs: Tensor) -> tuple[Tensor, Tensor]:
    """The scores (N,) of inputs (N, *shape), and how fast each would rise with every position of its input."""
    inputs = inputs.detach().requires_grad_()
    with torch.enable_grad():
        scores = score(inputs)
    (found,) = torch.autograd.grad(scores, inputs, torch.ones_like(scores))  # of their sum, without its being taken
    return scores.detach(), found
