"""Batches of the size at which a forward pass costs least per example.

Measured on networks for 8×8, 28×28 and 3×64×64 pictures and for rows: once the layers' outputs leave the processor's
cache, an example costs two to four times as much, so large pictures go in small batches; of rows, the cost of a call
counts most, so they go in large ones. A size that depends on the input's shape alone, not on the clock, gives the same
answer to the last bit each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array
from dlviz.explainers.explainer import Step

#: Numbers in one batch of pictures, and how many pictures it has.
NUMBERS, LEAST, MOST = 2**13, 4, 1024
#: Rows in one batch.
ROWS = 4096


def batch_size(example: Tensor) -> int:
    """How many inputs like `example` (*shape) are asked about at once."""
    if example.dim() == 1:
        return ROWS
    return max(LEAST, min(MOST, NUMBERS // max(1, example.numel())))


def batches(count: int, size: int) -> Iterator[slice]:
    """The slices that cut `count` items into batches of `size`."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


@torch.no_grad()
def score_all(score: Callable[[Tensor], Tensor], inputs: Tensor, step: Step) -> Array:
    """The scores (N,) of many inputs (N, *shape) as float64."""
    scores = np.empty(len(inputs))
    for part in batches(len(inputs), batch_size(inputs[0])):
        scores[part] = score(inputs[part]).double().numpy()
        step(part.stop, len(inputs))
    return scores
