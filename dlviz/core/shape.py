"""Shapes of what flows between layers, without the batch: plain tuples for numbers, and two that say what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

#: The sizes of one example. A plain tuple holds numbers (float32); `Ids` and `Flags` are tuples that hold other things.
Shape = tuple[int, ...]
#: What a tensor holds.
Content = Literal["numbers", "ids", "mask"]


#: In a shape that is asked for: as many as the network likes, such as the steps at which it answers to a sound.
FREE = 0


def fits(shape: Shape | None, wanted: Shape) -> bool:
    """Whether a shape is the one that is asked for; where that is `FREE`, any size is right."""
    if shape is None or len(shape) != len(wanted) or content(shape) != content(wanted):
        return False
    return all(size in (FREE, own) for size, own in zip(wanted, shape, strict=True))


class Ids(tuple[int, ...]):
    """Sizes of token ids: whole numbers (int64) from 0 to `vocabulary` - 1. 0 is padding, 1 is any unknown word.

    Never equal to the plain tuple of the same sizes, so that what is remembered by shape keeps them apart.
    """

    vocabulary: int

    def __new__(cls, sizes: Iterable[int], vocabulary: int) -> Ids:
        self = super().__new__(cls, sizes)
        self.vocabulary = vocabulary
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:  # for copies
        return tuple(self), self.vocabulary

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ids) and self.vocabulary == other.vocabulary and super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((Ids, tuple(self), self.vocabulary))

    def __repr__(self) -> str:
        return f"Ids({super().__repr__()}, vocabulary={self.vocabulary})"


class Flags(tuple[int, ...]):
    """Sizes of a padding mask: true (bool) where a step is padding, as torch's `key_padding_mask` has it.

    Never equal to the plain tuple of the same sizes.
    """

    def __new__(cls, sizes: Iterable[int]) -> Flags:
        return super().__new__(cls, sizes)

    def __getnewargs__(self) -> tuple[Any, ...]:  # for copies
        return (tuple(self),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Flags) and super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((Flags, tuple(self)))

    def __repr__(self) -> str:
        return f"Flags({super().__repr__()})"


def content(shape: Shape) -> Content:
    """What a tensor of this shape holds."""
    return "ids" if isinstance(shape, Ids) else "mask" if isinstance(shape, Flags) else "numbers"
