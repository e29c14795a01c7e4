"""Transpose: swaps the two dimensions of a sequence."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.layers.layer import Group, Layer


class Swap(nn.Module):
    """(N, A, B) → (N, B, A)"""

    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2)


class Transpose(Layer):
    """Swaps the two dimensions of a sequence: (steps × features) becomes (channels × steps), and back.

    Embeddings, recurrent layers and attention give steps × features; Conv1d and its poolings take channels × steps.
    """

    group: ClassVar[Group] = "shape"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    module: ClassVar[type[nn.Module]] = Swap
    formula: ClassVar[str] = "y[j, i] = x[i, j]"
    paper: ClassVar[str] = ""
