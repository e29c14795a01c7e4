"""What flows along an edge: its shape, which of its steps may be padding, how much of the data each place sees."""

from __future__ import annotations

from dataclasses import dataclass

from dlviz.core.shape import Ids, Shape
from dlviz.network.field import Field


@dataclass(frozen=True)
class Padding:
    """Steps of which the last may be padding: how many there are, along which dimension of the shape they lie, and
    whether padded ones surely hold 0."""

    steps: int
    axis: int = 0
    zero: bool = False


@dataclass(frozen=True)
class Flow:
    """What flows along an edge; `padding` is None where no step can be padding."""

    shape: Shape
    padding: Padding | None = None
    field: Field | None = None

    @classmethod
    def of(cls, shape: Shape) -> Flow:
        """An example of the data: text is padded to one length."""
        return cls(shape, Padding(shape[0]) if isinstance(shape, Ids) and shape else None, Field.of(shape))
