"""Batches: the training examples in a new order each epoch, in slices."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

import torch

from dlviz.datasets.data import Batch, Examples

#: How much is gathered into its new order at a time, in bytes: a whole epoch of most data sets.
_GATHER = 64 << 20

Change = Callable[[Batch], Batch]


def derived_seed(seed: int, *path: object) -> int:
    """A seed of its own for each use of chance, so that none disturbs another."""
    text = ":".join(str(part) for part in (seed, *path))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1


class Batches:
    """Cuts the examples into batches, in an order that depends on (seed, epoch) alone.

    The tensors lie in memory already: one permutation and one gather an epoch (or a part of one, for large data),
    then slices. A last batch of a single example is left out: batch normalisation cannot learn from one.
    """

    def __init__(self, examples: Examples, size: int, seed: int, changes: Sequence[Change] = ()) -> None:
        self.examples, self.size, self.seed, self.changes = examples, size, seed, tuple(changes)
        used = len(examples)
        if used > 1 and size > 1 and used % size == 1:
            used -= 1
        self.used = used
        #: Steps an epoch.
        self.steps = -(-used // size)
        width = sum(column[:1].numel() * column.element_size() for column in examples.columns.values())
        self._gather = max(1, _GATHER // max(1, width * size)) * size  # in examples

    def of(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of an epoch (0, 1, …) from number `start` on."""
        random = torch.Generator().manual_seed(derived_seed(self.seed, "order", epoch))
        order = torch.randperm(len(self.examples), generator=random)[: self.used]
        names = list(self.examples.columns)
        for begin in range(0, self.used, self._gather):
            skip = max(0, start - begin // self.size)
            if skip * self.size >= self._gather:
                continue
            # gathered from the same beginning whatever `start` is: where a slice lies in memory decides last bits
            index = order[begin : begin + self._gather]
            gathered = [column[index.to(column.device)] for column in self.examples.columns.values()]
            for slices in list(zip(*(column.split(self.size) for column in gathered), strict=True))[skip:]:
                batch = dict(zip(names, slices, strict=True))
                for change in self.changes:
                    batch = change(batch)
                yield batch
