"""PaddingMask: which steps of a text are padding."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.layers.layer import Group, Layer, Takes


class IsPadding(nn.Module):
    """True where a token is the padding, 0."""

    def forward(self, ids: Tensor) -> Tensor:  # (N, L) → (N, L), bool
        return ids == 0


class PaddingMask(Layer):
    """Marks the steps that are padding, so that other layers can pass them over.

    Texts of one batch are filled up with padding to one length. A layer that mixes steps (LSTM, attention, pooling over
    steps) reads this mask as its last input; then padding never changes a prediction.
    """

    group: ClassVar[Group] = "embedding"
    dimensions: ClassVar[tuple[int, ...]] = (1,)
    takes: ClassVar[tuple[Takes, ...]] = ("ids",)
    module: ClassVar[type[nn.Module]] = IsPadding
    formula: ClassVar[str] = "mask = (id is 0)"
    paper: ClassVar[str] = ""
