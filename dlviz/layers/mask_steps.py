"""MaskSteps: sets padded steps to 0."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import Tensor, nn

from dlviz.layers.layer import Group, Layer, Shape, Takes
from dlviz.layers.steps import check_mask


class ZeroSteps(nn.Module):
    """x, and 0 at the steps that are padding (True in the mask)."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:  # (N, L, F), (N, L)
        return x.masked_fill(mask[..., None], 0)


class MaskSteps(Layer):
    """Sets the padded steps of a sequence to 0.

    Needed between convolutions over text: a filter at the last real word sees one step beyond it, and what lies there
    must be the same as beyond the end of the sequence, 0.
    """

    group: ClassVar[Group] = "shape"
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    takes: ClassVar[tuple[Takes, ...]] = ("numbers", "mask")
    padded: ClassVar[Literal["passes", "masks", "stops"]] = "masks"
    clears: ClassVar[bool] = True
    module: ClassVar[type[nn.Module]] = ZeroSteps
    formula: ClassVar[str] = "yₜ = 0 where step t is padding, else xₜ"
    paper: ClassVar[str] = ""

    def check(self, *shapes: Shape) -> None:
        check_mask(self.kind(), shapes[0], shapes[-1])
