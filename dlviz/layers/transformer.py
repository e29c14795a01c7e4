"""Transformer: what the encoder layer and the decoder layer have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Self

from dlviz.core.setting import setting
from dlviz.layers.layer import Count, Group, Layer, Shape
from dlviz.layers.multihead_attention import check_heads, fitting_heads


class Transformer(Layer, abstract=True):
    """A layer of attention and a small network for each step, each with a shortcut past it and a normalisation."""

    group: ClassVar[Group] = "attention"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    padded: ClassVar[Literal["passes", "masks", "stops"]] = "masks"
    paper: ClassVar[str] = "Vaswani et al., Attention is all you need (2017)"

    nhead: int = setting(
        4, "How many heads look at the sequence, each at its share of the features. It must divide them.", ge=1, le=64
    )
    dim_feedforward: Count = setting(
        2048, "How wide the small network for each step is; 2 to 4 times the features of a step are usual."
    )
    dropout: float = setting(0.1, "The chance with which numbers are set to 0 in training.", ge=0, lt=1)
    activation: Literal["relu", "gelu"] = setting("relu", "What bends the numbers in the small network.", advanced=True)
    layer_norm_eps: float = setting(
        1e-5, "A small number that keeps from dividing by 0.", gt=0, le=1, advanced=True, widget="log"
    )
    norm_first: bool = setting(
        False,
        "Whether the numbers are normalised before attention and network instead of after the shortcut. Before: "
        "trains more steadily (Xiong et al. 2020).",
        advanced=True,
    )
    bias: bool = setting(True, "Whether sums add a learned constant.", advanced=True)

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        return {"d_model": shapes[0][1], **super().arguments(*shapes)}

    def check(self, *shapes: Shape) -> None:
        check_heads(self.kind(), "nhead", self.nhead, shapes[0][1])

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        for heads in fitting_heads(self.nhead, shapes[0][1]):
            yield f"Set nhead to {heads}", self.changed(nhead=heads)

    @classmethod
    def clicked(cls) -> Self:
        """In a size for small data, normalised first: torch's 2048 is for machines of other sizes."""
        return cls(dim_feedforward=128, norm_first=True)
