"""Ahead: examples that lie on disk are read by a thread of its own while the network learns from those before."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor

from dlviz.datasets.data import Batch, Examples

Made = TypeVar("Made")


class Ahead(Generic[Made]):
    """Makes the next thing before it is asked for. One waits at most."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._waiting: tuple[Hashable, Future[Made]] | None = None

    def take(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` makes: ready, if it was prepared under this key."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return make()
        if waiting[0] == key:
            return waiting[1].result()
        waiting[1].cancel()
        return make()

    def prepare(self, key: Hashable, make: Callable[[], Made]) -> None:
        """Begin to make what will be asked for next."""
        self._waiting = key, self._thread.submit(make)


def gathered(examples: Examples, index: Tensor) -> Batch:
    """The examples at `index`, copied into memory. From disk by NumPy: torch would gather with all its threads, which
    the step that is computed meanwhile needs."""
    if not examples.on_disk:
        return {name: column[index.to(column.device)] for name, column in examples.columns.items()}
    rows = index.numpy()
    return {name: torch.from_numpy(np.take(column.numpy(), rows, axis=0)) for name, column in examples.columns.items()}
