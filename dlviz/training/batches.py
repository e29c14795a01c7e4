"""Batches: the training examples in a new order each epoch, handed out in stretches of several batches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from dlviz.datasets.data import Batch, Examples
from dlviz.training.ahead import Ahead, gathered
from dlviz.training.buckets import bucketed
from dlviz.training.upload import Upload

#: How much is gathered into its new order at a time, in bytes: a whole epoch of most data sets, and so little that the
#: memory of one serves the next (above 32 MiB the system hands it out anew, page by page).
_GATHER = 30 << 20
#: The same of examples that are read from disk: the next ones are read meanwhile.
_GATHER_FROM_DISK = 16 << 20

Change = Callable[[Batch], Batch]


def derived_seed(seed: int, *path: object) -> int:
    """A seed of its own for each use of chance, so that none disturbs another."""
    text = ":".join(str(part) for part in (seed, *path))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Several batches in a row, already gathered: `columns` hold their examples one after the other.

    Iterated, it gives the batches, changed as the recipe says; each change draws its chance when its batch is asked
    for. Where `changes` is empty, the columns can be used as they are, in one call.
    """

    columns: Batch
    #: Examples of a batch; the last one of an epoch may have fewer.
    size: int
    examples: int
    changes: tuple[Change, ...]
    #: Where it begins: the epoch (0, 1, …), and how many of that epoch's examples came before, of how many.
    epoch: int
    position: int
    of: int
    #: How many whole epochs of `examples` examples each lie one after the other.
    epochs: int = 1

    @property
    def steps(self) -> int:
        return -(-self.examples // self.size) * self.epochs

    def __iter__(self) -> Iterator[Batch]:
        # sliced one by one: whoever looks after two steps would else pay for hundreds of slices
        for begin in range(0, self.examples * self.epochs, self.size):
            batch = {name: column[begin : begin + self.size] for name, column in self.columns.items()}
            for change in self.changes:
                batch = change(batch)
            yield batch

    def after(self, steps: int) -> int:
        """The position within the epoch after so many of its steps."""
        return self.position + min(steps * self.size, self.examples)

    def time(self, steps: int) -> float:
        """The same in epochs since the beginning of the training; of whole epochs, where their `steps`-th step ends."""
        whole = (steps - 1) * self.epochs // self.steps
        return self.epoch + whole + self.after(steps - whole * self.steps // self.epochs) / self.of


class Batches:
    """Cuts the examples into batches, in an order that depends on (seed, epoch) alone.

    The tensors lie in memory already: one permutation and one gather an epoch (or a part of one, for large data),
    then slices. A last batch of a single example is left out: batch normalisation cannot learn from one.
    A place within an epoch is counted in examples, so that the size of a batch may change anywhere.
    """

    def __init__(
        self, examples: Examples, size: int, seed: int, changes: Sequence[Change] = (),
        device: torch.device | None = None, lengths: Tensor | None = None,
    ) -> None:  # fmt: skip
        """`device`: where the batches are wanted; without one, where the examples lie. `lengths` (N,): examples of like
        length come in one batch."""
        self._lengths = None if lengths is None else lengths.cpu()
        self.upload = Upload(examples, device)
        #: Whether the next ones are fetched while one learns from those before.
        self._fetched = examples.on_disk or self.upload.needed
        self.examples, self.size, self.seed, self.changes = examples, size, seed, tuple(changes)
        #: (epoch, position) since which batches have this size: from there the epoch is cut and gathered.
        self.since = (0, 0)
        self._order: tuple[int, Tensor] | None = None  # of an epoch
        self._ahead: Ahead[Batch] = Ahead()
        self._chunk: tuple[int, int, int, Batch] | None = None  # epoch, begin, end, columns
        self._width = max(1, sum(column[:1].numel() * column.element_size() for column in examples.columns.values()))

    @property
    def used(self) -> int:
        """How many examples an epoch has, where the size stays the same."""
        return self._end(0)

    @property
    def steps(self) -> int:
        """Steps an epoch, where the size stays the same."""
        return -(-self.used // self.size)

    def end(self, epoch: int) -> int:
        """The position at which this epoch is over."""
        return self._end(self.since[1] if self.since[0] == epoch else 0)

    def resize(self, size: int, epoch: int, position: int) -> None:
        """Cut batches of another size from this place on."""
        self.size, self.since, self._chunk = size, (epoch, position), None

    def stretch(self, epoch: int, position: int, longest: int | None = None) -> Stretch | None:
        """The batches of an epoch (0, 1, …) from `position` (in examples) on: as many as are gathered together, at most
        `longest`. None: the epoch is over."""
        end = self.end(epoch)
        if position >= end:
            return None
        chunk = self._chunk
        if chunk is None or chunk[0] != epoch or not chunk[1] <= position < chunk[2]:
            chunk = self._gathered(epoch, position, end)
        _, begin, until, columns = chunk
        if longest is not None:
            until = min(until, position + longest * self.size)
        if (begin, until) != (position, chunk[2]):
            columns = {name: column[position - begin : until - begin] for name, column in columns.items()}
        return Stretch(columns, self.size, until - position, self.changes, epoch, position, end)

    def whole(self, epoch: int, many: int) -> Stretch | None:
        """The batches of so many whole epochs, for those who take them in one call; None where they are changed one by
        one, lie on disk, or are too many to be gathered together."""
        each = self.used
        if self.changes or self.examples.on_disk or many * each * self._width > _GATHER:
            return None
        if self.since[1] and epoch <= self.since[0] < epoch + many:
            return None
        order = torch.cat([self._ordered(number)[:each] for number in range(epoch, epoch + many)])
        return Stretch(gathered(self.examples, order), self.size, each, (), epoch, 0, each, many)

    def of(self, epoch: int, position: int = 0) -> Iterator[Batch]:
        """The batches of an epoch one by one."""
        while (stretch := self.stretch(epoch, position)) is not None:
            yield from stretch
            position += stretch.examples

    def _end(self, since: int) -> int:
        rest = len(self.examples) - since
        if len(self.examples) > 1 and self.size > 1 and rest % self.size == 1:
            rest -= 1
        return since + rest

    def _gathered(self, epoch: int, position: int, end: int) -> tuple[int, int, int, Batch]:
        since = self.since[1] if self.since[0] == epoch else 0
        gather = _GATHER_FROM_DISK if self._fetched else _GATHER
        many = max(1, gather // (self._width * self.size)) * self.size
        # gathered from the same beginning whatever `position` is: where a slice lies in memory decides last bits
        begin = since + (position - since) // many * many
        until = min(begin + many, end)
        self._chunk = None  # let go before the next is made
        if not self._fetched:
            columns = self._take(epoch, begin, until)
        else:
            columns = self._ahead.take((epoch, begin, until), partial(self._take, epoch, begin, until))
            after = (epoch, until, min(until + many, end)) if until < end else (epoch + 1, 0, min(many, self._end(0)))
            self._ahead.prepare(after, partial(self._take, *after))
            columns = self.upload.take(columns)
        self._chunk = epoch, begin, until, columns
        return self._chunk

    def _take(self, epoch: int, begin: int, until: int) -> Batch:
        return self.upload.send(gathered(self.examples, self._ordered(epoch)[begin:until]))

    def _ordered(self, epoch: int) -> Tensor:
        """The order of an epoch's examples."""
        order = self._order
        if order is None or order[0] != epoch:
            random = torch.Generator().manual_seed(derived_seed(self.seed, "order", epoch))
            mixed = torch.randperm(len(self.examples), generator=random)
            if self._lengths is not None:
                mixed = bucketed(mixed, self._lengths, random)
            self._order = order = epoch, mixed
        return order[1]
