"""PoolSteps: one row of numbers from a whole sequence."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import Tensor, nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Shape, Takes
from dlviz.layers.steps import check_mask


class OverSteps(nn.Module):
    """The mean, maximum, sum or last of the real steps of each sequence; padding (True in the mask) does not count."""

    def __init__(self, mode: str = "mean") -> None:
        super().__init__()
        self.mode = mode

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:  # (N, L, F), (N, L) → (N, F)
        real = x.new_ones(x.shape[:2]) if mask is None else (~mask).to(x.dtype)  # 1 where there is a step
        if self.mode == "last":
            last = (real.cumsum(1) * real).argmax(1)  # (N,): the highest count stands at the last real step
            picked = x.take_along_dim(last[:, None, None], dim=1).squeeze(1)
            return picked * real.amax(1, keepdim=True)
        if self.mode == "max":
            hidden = x if mask is None else x.masked_fill(mask[..., None], float("-inf"))
            highest = hidden.max(dim=1).values
            return highest if mask is None else highest.masked_fill(mask.all(1, keepdim=True), 0)  # an empty text
        hidden = x if mask is None else x.masked_fill(mask[..., None], 0)
        total = hidden.sum(1)
        return total if self.mode == "sum" else total / real.sum(1, keepdim=True).clamp(min=1)

    def extra_repr(self) -> str:
        return f"mode={self.mode!r}"


class PoolSteps(Layer):
    """Makes one row of numbers of a whole sequence: feature by feature its mean, maximum or sum, or its last step.

    The way from a sequence of any length to a class. The mean asks what the text is about on the whole, the maximum
    whether something occurs anywhere in it. Padded steps do not count.
    """

    group: ClassVar[Group] = "pooling"
    inputs: ClassVar[tuple[int, int | None]] = (1, 2)
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    takes: ClassVar[tuple[Takes, ...]] = ("numbers", "mask")
    padded: ClassVar[Literal["passes", "masks", "stops"]] = "masks"
    module: ClassVar[type[nn.Module]] = OverSteps
    formula: ClassVar[str] = "mean: y = Σₜ xₜ / T;  max: y = maxₜ xₜ;  over the real steps t"
    paper: ClassVar[str] = "Collobert et al., Natural language processing (almost) from scratch (2011)"

    mode: Literal["mean", "max", "sum", "last"] = setting(
        "mean",
        "`mean`: the average step. `max`: the strongest answer of each feature. `sum`: grows with the length. `last`: "
        "the last step alone.",
    )

    def check(self, *shapes: Shape) -> None:
        check_mask(self.kind(), shapes[0], shapes[-1])
