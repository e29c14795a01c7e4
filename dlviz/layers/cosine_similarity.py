"""CosineSimilarity: how much two inputs point the same way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers import examples
from dlviz.layers.along import check_dim
from dlviz.layers.layer import Group, Layer, Shape, shown


class CosineSimilarity(Layer):
    """How much two inputs point the same way, from -1 (opposite) over 0 to 1 (same direction), whatever their
    lengths.

    To compare two embeddings: two faces, a word and a picture.
    """

    group: ClassVar[Group] = "merge"
    formula: ClassVar[str] = "y = x₁ · x₂ / (‖x₁‖ · ‖x₂‖)"
    paper: ClassVar[str] = "Bromley et al., Signature verification using a Siamese time delay neural network (1993)"
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)
    module: ClassVar[type[nn.Module]] = nn.CosineSimilarity

    dim: int = setting(
        1, "Along which dimension they are compared: 1 is the features of a row, or the channels.", ge=-8, le=8
    )
    eps: float = setting(1e-8, "A small number that keeps from dividing by 0.", gt=0, le=1, advanced=True, widget="log")

    def check(self, *shapes: Shape) -> None:
        one, other = shapes
        check_dim(self.dim, one)
        if one != other:
            raise WrongInput(f"CosineSimilarity needs two inputs of one shape. Received: {shown(one)}, {shown(other)}.")

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        yield "Set dim to 1", self.changed(dim=1)

    @classmethod
    def sketch_example(cls) -> tuple[Layer, tuple[Tensor, ...]]:
        return cls(), (examples.row(), examples.row(1))
