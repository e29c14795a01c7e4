"""PairwiseDistance: how far two inputs are apart."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers import examples
from dlviz.layers.layer import Group, Layer, Shape, shown


class PairwiseDistance(Layer):
    """How far two rows of numbers lie apart: 0 where they are equal.

    To compare two embeddings by distance, as in networks that learn which pictures show the same thing.
    """

    group: ClassVar[Group] = "merge"
    formula: ClassVar[str] = "y = (Σᵢ |x₁ᵢ − x₂ᵢ + eps|ᵖ)^(1/p)"
    paper: ClassVar[str] = "Hadsell et al., Dimensionality reduction by learning an invariant mapping (2006)"
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)
    dimensions: ClassVar[tuple[int, ...]] = (1, 2)
    module: ClassVar[type[nn.Module]] = nn.PairwiseDistance

    p: float = setting(2.0, "Which distance: 2 is the straight line, 1 the way along the axes.", ge=1, le=16)
    eps: float = setting(
        1e-6,
        "A small number that keeps gradients finite at distance 0.",
        gt=0,
        le=1,
        advanced=True,
        widget="log",
    )
    keepdim: bool = setting(False, "Whether the result is a row of one number.", advanced=True)

    def check(self, *shapes: Shape) -> None:
        one, other = shapes
        if one != other:
            raise WrongInput(f"PairwiseDistance needs two inputs of one shape. Received: {shown(one)}, {shown(other)}.")

    @classmethod
    def sketch_example(cls) -> tuple[Layer, tuple[Tensor, ...]]:
        return cls(), (examples.row(), examples.row(1))
