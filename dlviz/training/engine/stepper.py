"""What a stepper is: one way of computing the steps of a training."""

from __future__ import annotations

from typing import Protocol

from dlviz.tasks.task import Networks
from dlviz.training.batches import Stretch


class Stepper(Protocol):
    """Takes the steps of a stretch: losses, gradients, new weights, new learning rates.

    It changes the loop's networks, optimizers and schedules, and tells the loop's meter every loss, and the outputs
    where the epoch is measured. The loop itself counts where it stands and looks around between two calls.
    """

    #: How many steps it wants at once at most; None: as many as lie ready.
    longest: int | None
    #: What it calls: the loop's networks, or twins that share their layers and give the same answers.
    networks: Networks

    def take(self, stretch: Stretch, measured: bool) -> int:
        """Take steps from the beginning of the stretch; how many it took. It may come back early, when the watcher
        wants to look."""
        ...

    def changed(self) -> None:
        """Settings were changed, or the state of a checkpoint was put in: what it remembers of them is out of date."""
        ...
