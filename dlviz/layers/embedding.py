"""Embedding: a learned row of numbers for each token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field
from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.shape import Ids
from dlviz.layers.layer import Count, Group, Layer, Shape, Takes, WeightedLayer

#: How many tokens a table may know; the bound stands inside the annotation because `auto` may stand beside it.
Words = Annotated[int, Field(ge=1, le=2**20)]


class Embedding(WeightedLayer):
    """Looks up a learned row of numbers for each token: words used alike come to lie near each other.

    The first layer of every network for text. The row of the padding stays 0. Tokens that the training part never
    shows keep their row of chance.
    """

    group: ClassVar[Group] = "embedding"
    dimensions: ClassVar[tuple[int, ...]] = (1,)
    takes: ClassVar[tuple[Takes, ...]] = ("ids",)
    module: ClassVar[type[nn.Module]] = nn.Embedding
    formula: ClassVar[str] = "y = W[id], one row of W for each token"
    paper: ClassVar[str] = "Bengio et al., A neural probabilistic language model (2003)"

    num_embeddings: Words | Literal["auto"] = setting(
        "auto", "How many tokens it knows. `auto`: as many as the vocabulary of the data has."
    )
    embedding_dim: Count = setting(64, "How many numbers stand for a token. More can tell more meanings apart.")
    padding_idx: Annotated[int, Field(ge=0, le=2**20)] | None = setting(
        0,
        "The token whose row is 0 and is never learned: the padding, 0. Nothing: every row is learned.",
        advanced=True,
    )

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        (shape,) = shapes
        known = shape.vocabulary if isinstance(shape, Ids) else 1
        return {**super().arguments(*shapes), "num_embeddings": self._known(known)}

    def initialised(self, module: nn.Module) -> nn.Module:
        module = super().initialised(module)
        if self.init != "default" and self.padding_idx is not None and isinstance(module, nn.Embedding):
            nn.init.zeros_(module.weight[self.padding_idx])
        return module

    def _known(self, vocabulary: int) -> int:
        return vocabulary if self.num_embeddings == "auto" else self.num_embeddings

    def check(self, *shapes: Shape) -> None:
        (shape,) = shapes
        vocabulary = shape.vocabulary if isinstance(shape, Ids) else 1
        known = self._known(vocabulary)
        if known < vocabulary:
            raise WrongInput(
                f"An Embedding needs a row for each token of the vocabulary, here {vocabulary:,}. Received: "
                f"`num_embeddings` {known:,}."
            )
        if self.padding_idx is not None and self.padding_idx >= known:
            raise WrongInput(
                f"`padding_idx` must be a token that it knows, 0 to {known - 1:,}. Received: {self.padding_idx:,}."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        yield "Take the vocabulary's size", self.changed(num_embeddings="auto")
        yield "Set padding_idx to 0", self.changed(padding_idx=0)
        yield "Take the vocabulary's size and padding 0", self.changed(num_embeddings="auto", padding_idx=0)
