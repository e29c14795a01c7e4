"""Load: a trained run with its data, ready to be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from torch import nn

from dlviz.datasets.data import Data
from dlviz.tasks.task import Task
from dlviz.training.folder import RunFolder
from dlviz.training.restore import Restored, restore


@dataclass(frozen=True)
class Opened:
    """A run's networks and data. Whoever asks works on copies of the networks."""

    run: RunFolder
    restored: Restored
    data: Data

    @property
    def task(self) -> Task:
        return self.restored.task

    @property
    def networks(self) -> dict[str, nn.Module]:
        return self.restored.networks


def load(run: RunFolder, checkpoint: int | None = None, within: Callable[[], object] = lambda: None) -> Opened:
    """Open a run, with the weights of a step (None: its best). `within` is called between the long steps; it may raise
    to cancel. Raises `WrongInput` where there is nothing to open."""
    restored = restore(run, checkpoint)
    within()
    data = restored.load_data()
    within()
    return Opened(run, restored, data)


def reopened(opened: Opened, checkpoint: int) -> Opened:
    """The same run with the weights of another step; the data are not loaded again."""
    return replace(opened, restored=restore(opened.run, checkpoint))
