"""Batches of the size at which an input costs least.

A call costs the same for one input as for many, so small networks want large batches; but once what the layers make no
longer fits into the processor's cache, an input costs two to four times as much. So a network is measured: how many
numbers it makes of one input, and a batch makes `MADE` of them. They are counted, not timed: a stopwatch would choose
another size on a busy machine, and with it other last bits of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from dlviz.core.values import Array
from dlviz.explainers.explainer import Explanation, Step, offer

#: Numbers that the operations on one batch make in all, and how many inputs it has at least and at most.
MADE, LEAST, MOST = 4_000_000, 4, 4096
#: Numbers that go in at once where nothing is known of the network, and how many rows.
NUMBERS, ROWS = 2**13, 4096
#: What was measured, by what gives the scores and the input's shape.
_measured: WeakKeyDictionary[Callable[[Tensor], Tensor], dict[tuple[int, ...], int]] = WeakKeyDictionary()


def batch_size(example: Tensor) -> int:
    """How many inputs like `example` (*shape) are asked about at once, where nothing is known of the network."""
    if example.dim() == 1:
        return ROWS
    return max(LEAST, min(1024, NUMBERS // max(1, example.numel())))


def measured_size(score: Callable[[Tensor], Tensor], example: Tensor) -> int:
    """How many inputs like `example` (*shape) `score` is asked about at once. The first question costs one pass."""
    known = _measured.setdefault(score, {})
    shape = tuple(example.shape)
    if shape not in known:
        known[shape] = max(LEAST, min(MOST, MADE // max(1, numbers_made(score, example))))
    return known[shape]


@torch.no_grad()
def numbers_made(score: Callable[[Tensor], Tensor], example: Tensor) -> int:
    """How many numbers go in, and torch's functions make, on the way to the score of `example` (*shape)."""
    count = _Count()
    with count:
        score(example[None])
    return example.numel() + count.numbers


def even(count: int, size: int) -> int:
    """The size of batches that share `count` items evenly and are about as large as `size`."""
    return -(-count // max(1, round(count / size))) or 1


def batches(count: int, size: int) -> Iterator[slice]:
    """The slices that cut `count` items into batches of `size`."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def spread(count: int, size: int) -> Iterator[tuple[slice, int]]:
    """Slices that share `count` items evenly among batches of about `size`, and how many are done after each. A batch
    takes its items from all over, so that what is known before the last one tells of the whole, only coarsely."""
    rounds, done = -(-count // even(count, size)), 0
    for first in range(rounds):
        part = slice(first, count, rounds)
        done += len(range(first, count, rounds))
        yield part, done


@torch.no_grad()
def score_all(
    score: Callable[[Tensor], Tensor], inputs: Tensor, step: Step, told: Callable[[Array], Explanation] | None = None
) -> Array:
    """The scores (N,) of many inputs (N, *shape) as float64; `told` makes an explanation of the first of them."""
    scores = np.empty(len(inputs))
    for part in batches(len(inputs), even(len(inputs), measured_size(score, inputs[0]))):
        scores[part] = score(inputs[part]).double().numpy()
        step(part.stop, len(inputs))
        if told is not None:
            offer(step, partial(told, scores[: part.stop]))
    return scores


class _Count(TorchFunctionMode):
    """Counts the numbers that torch's functions make. One that only looks at its input in another way makes none."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: int = 0

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        given = {_place(tensor) for tensor in _tensors(args)}
        self.numbers += sum(tensor.numel() for tensor in _tensors(made) if _place(tensor) not in given)
        return made


def _tensors(found: Any) -> Iterator[Tensor]:
    if isinstance(found, Tensor):
        yield found
    elif isinstance(found, tuple | list):
        for one in found:
            yield from _tensors(one)


def _place(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
