"""Several tiny epochs in one call of the kernel: nothing is different from taking them one by one."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import torch

from dlviz.datasets.data import Examples
from dlviz.training.batches import Batches
from dlviz.training.checkpoint import Snapshot
from dlviz.training.kernel import compiling
from dlviz.training.loop import Loop, Watcher
from tests.training.test_loop import loop_of
from tests.training.toys import spiral

EPOCHS, MEASURE_EVERY = 23, 7


class Hand(Watcher):
    """Hears all that a run tells; at an epoch's end it may change the batch size or keep a snapshot."""

    def __init__(self, at_once: int, resize_at: int = -1, snapshot_at: int = -1) -> None:
        self.epochs_at_once = at_once
        self.resize_at, self.snapshot_at = resize_at, snapshot_at
        self.heard: list[tuple[int, float, float, float]] = []
        self.told: list[tuple[int, int, dict[str, Any]]] = []
        self.calls = 0
        self.kept: Snapshot | None = None

    def collect(self, loop: Loop) -> None:
        windows, bad = loop.meter.collect()
        assert bad is None
        self.heard += [(window.step, window.time, window.lr, window.losses["model"]) for window in windows]

    def epoch_ended(self, loop: Loop, figures: dict[str, Any], outputs: Any) -> None:
        self.calls += 1
        if figures:
            self.told.append((loop.epoch, loop.step, figures))
        if loop.epoch == self.resize_at:
            loop.change("training.batch_size", 9)
        if loop.epoch == self.snapshot_at:
            self.kept = loop.capture().cloned()


def document() -> dict[str, Any]:
    made = spiral()
    made["optimization"] = {
        "optimizer": {"kind": "SGD", "lr": 0.05, "momentum": 0.9},
        "schedule": {"kind": "CosineAnnealingLR"},
    }
    made["training"] = {
        "epochs": EPOCHS, "batch_size": 11, "device": "cpu", "engine": "kernel", "precision": "float32",
    }  # fmt: skip
    return made


def trained(hand: Hand, start: Snapshot | None = None) -> Loop:
    loop = loop_of(document(), hand)
    loop.measure_every, loop.meter.window = MEASURE_EVERY, 5
    if start is not None:
        loop.restore(start)
    loop.train()
    assert loop.plan.engine == "kernel" and loop.step == loop.steps
    return loop


def weights(loop: Loop) -> list[float]:
    return [value for weight in loop.parameters["model"] for value in weight.flatten().tolist()]


needs_numba = pytest.mark.skipif(compiling.status() == "impossible", reason="numba is not there")


@needs_numba
def test_epochs_together_are_bit_equal_to_epochs_one_by_one() -> None:
    one, many = Hand(1), Hand(sys.maxsize)
    first, second = trained(one), trained(many)
    assert weights(first) == weights(second)
    assert one.heard == many.heard and one.told == many.told and len(one.told) == 4
    assert one.calls == EPOCHS and many.calls == 8, "six in one call, the seventh alone, and so on"


@needs_numba
def test_a_change_and_a_resume_between_them_are_exact() -> None:
    one, many = Hand(1, resize_at=9, snapshot_at=16), Hand(2, resize_at=9, snapshot_at=16)
    first, second = trained(one), trained(many)
    assert weights(first) == weights(second) and one.heard == many.heard
    assert one.kept is not None and many.kept is not None
    resumed = Hand(sys.maxsize)
    assert weights(trained(resumed, many.kept)) == weights(first)
    since = many.kept.facts["step"]
    assert resumed.heard == [window for window in one.heard if window[0] > since]


@needs_numba
def test_single_steps_are_never_taken_together() -> None:
    hand = Hand(sys.maxsize)
    loop = loop_of(document(), hand)
    loop.measure_every, loop.longest = MEASURE_EVERY, loop.steps_per_epoch
    loop.train()
    assert hand.calls == EPOCHS


def test_whole_epochs_are_those_that_follow_each_other() -> None:
    examples = Examples({"x": torch.arange(31)}, torch.arange(31))
    batches, same = Batches(examples, 10, seed=4), Batches(examples, 10, seed=4)
    found = batches.whole(3, 4)
    assert found is not None and found.steps == 12 and found.epochs == 4
    one_by_one = [batch["x"] for epoch in range(3, 7) for batch in same.of(epoch)]
    assert found.columns["x"].tolist() == torch.cat(one_by_one).tolist(), "of 31 examples 30 are used"
    ends = [stretch.time(k) for epoch in range(3, 7) if (stretch := same.stretch(epoch, 0)) for k in (1, 2, 3)]
    assert [found.time(step) for step in range(1, 13)] == ends
    batches.resize(8, 4, 10)
    assert batches.whole(3, 3) is None, "an epoch that is cut twice is taken alone"
    assert batches.whole(5, 2) is not None
