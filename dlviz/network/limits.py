"""How large a layer may be."""

from __future__ import annotations

import math

from dlviz.core.shape import Shape
from dlviz.layers.layer import shown

#: More learned numbers in one layer than any machine this runs on could train.
MOST_PARAMETERS = 10**9
#: More numbers for one example than would fit in memory with its batch.
MOST_NUMBERS = 10**9


def is_huge(shape: Shape) -> bool:
    """Whether a result of this shape would not fit in memory, nor what follows from it."""
    return math.prod(shape) > MOST_NUMBERS


def too_large(parameters: int, shape: Shape) -> str:
    """What is wrong with a layer that learns so many numbers and gives this shape; empty where nothing is."""
    if parameters > MOST_PARAMETERS:
        return (
            f"A layer should learn at most {MOST_PARAMETERS:,} numbers. This one would learn {parameters:,} "
            f"({parameters * 4 / 2**30:,.0f} GiB)."
        )
    if is_huge(shape):
        return (
            f"A layer should give at most {MOST_NUMBERS:,} numbers for one example. This one gives {shown(shape)} = "
            f"{math.prod(shape):,}."
        )
    return ""
