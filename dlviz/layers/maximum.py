"""Maximum: the largest of its inputs, number by number."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from dlviz.layers.number_by_number import NumberByNumber


class Largest(nn.Module):
    """max(x₁, x₂, …), all of one shape."""

    def forward(self, *inputs: Tensor) -> Tensor:
        largest = inputs[0]
        for other in inputs[1:]:
            largest = torch.maximum(largest, other)
        return largest


class Maximum(NumberByNumber):
    """The largest of its inputs, number by number; all must have one shape.

    To let the strongest of several branches win at each place, such as two views of one thing.
    """

    formula: ClassVar[str] = "y = max(x₁, x₂, …)"
    paper: ClassVar[str] = "Goodfellow et al., Maxout networks (2013)"
    module: ClassVar[type[nn.Module]] = Largest
